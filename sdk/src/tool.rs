//! The entry of a plugin: one trait, and the macro that exports it as the world `nethost:cap/tool`.

/// A diagnostic tool.
pub trait Tool {
    /// Runs with the arguments, without a program name. The exit code, of [`crate::exit_code`] in most tools; or a message,
    /// which the host prints after the tool's name before it exits with 2.
    #[allow(async_fn_in_trait)]
    async fn run(args: Vec<String>) -> Result<u8, String>;
}

/// Makes a component of a [`Tool`]. Needs `crate-type = ["cdylib"]` and the target `wasm32-wasip2`.
///
/// ```no_run
/// struct Hello;
///
/// impl nethost_sdk::Tool for Hello {
///     async fn run(args: Vec<String>) -> Result<u8, String> {
///         let greeting = nethost_sdk::output::show(format_args!("hello {args:?}\n"));
///         Ok(nethost_sdk::exit_code(greeting.map(|()| 0), String::new))
///     }
/// }
///
/// nethost_sdk::tool!(Hello);
/// # fn main() {}
/// ```
///
/// With `nethost_sdk::tool!(Hello, "plugin.toml")` the component carries the manifest of that name, which
/// lies beside Cargo.toml: what it asks for and why, so that an operator can be asked.
#[macro_export]
macro_rules! tool {
    ($tool:ty, $manifest:literal) => {
        $crate::tool!($tool);

        $crate::manifest_section!($manifest);
    };
    ($tool:ty) => {
        const _: () = {
            struct Component;

            impl $crate::bindings::Guest for Component {
                async fn run(
                    args: ::std::vec::Vec<::std::string::String>,
                ) -> ::core::result::Result<u8, ::std::string::String> {
                    <$tool as $crate::Tool>::run(args).await
                }
            }

    $crate::bindings::export_tool!(Component with_types_in $crate::bindings);
        };
    };
}
