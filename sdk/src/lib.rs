//! Write a network tool as a sandboxed nethost plugin.

#[doc(hidden)]
#[allow(missing_docs, unreachable_pub, clippy::all, clippy::restriction)]
pub mod bindings {
    //! Generated from `wit/`; the wrappers in this crate are what tools use.
    wit_bindgen::generate!({
        path: "../wit",
        world: "nethost:cap/tool",
        pub_export_macro: true,
        default_bindings_module: "nethost_sdk::bindings",
        export_macro_name: "export_tool",
        generate_all,
    });
}
