//! The only place with engine settings. `nethost` loads what `nethost-compile` has produced. wasmtime accepts a
//! compiled form only from an engine with the same settings, so both take them from here.

use std::hash::{DefaultHasher, Hash, Hasher};

use wasmtime::{Config, ModuleVersionStrategy};

/// Every setting that affects compiled code. [`settings_fingerprint`] hashes them, [`config`] applies them.
#[derive(Hash)]
struct Settings {
    /// Allows the host to end a plugin that loops: checked at function entries and loop headers.
    epoch_interruption: bool,
    /// Bytes of address space for each linear memory. It is the whole 32-bit range, so that bounds checks are page
    /// faults. The range is reserved, not committed, which costs one mmap(2).
    memory_reservation: u64,
    /// Tables that map code to wasm offsets. Plugins are stripped, so nobody could read them.
    address_map: bool,
    /// `.eh_frame` for other unwinders. The traps and backtraces of wasmtime do not need it, and loading is faster if
    /// nothing must be registered.
    native_unwind_info: bool,
}

const SETTINGS: Settings = Settings {
    epoch_interruption: true,
    memory_reservation: 1 << 32,
    address_map: false,
    native_unwind_info: false,
};

/// The settings of an engine that runs or compiles plugins: the component model with async functions, and interruption.
#[must_use]
pub fn config() -> Config {
    let mut config = Config::new();
    config
        .wasm_component_model(true)
        .wasm_component_model_async(true)
        .epoch_interruption(SETTINGS.epoch_interruption)
        .memory_reservation(SETTINGS.memory_reservation)
        .generate_address_map(SETTINGS.address_map)
        .native_unwind_info(SETTINGS.native_unwind_info);
    #[cfg(feature = "compile")]
    config.cranelift_opt_level(wasmtime::OptLevel::Speed);
    config
}

/// The name of a compiled form in a cache: the same string as long as the exact version of wasmtime, the target and the
/// settings are the same. The characters are `[a-z0-9_.-]`.
///
/// It prevents that stale entries are read. Loading is safe without it: wasmtime itself checks version, settings and
/// processor features when it loads a compiled form.
#[must_use]
pub fn settings_fingerprint() -> String {
    let version = ModuleVersionStrategy::WasmtimeVersion;
    let mut hasher = DefaultHasher::new();
    // `as_str` is only the major version. The hash covers the exact version, so that code from a compiler with a bug
    // that has been fixed is compiled again.
    version.hash(&mut hasher);
    SETTINGS.hash(&mut hasher);
    format!(
        "wasmtime{}-{}-{}-{:016x}",
        version.as_str(),
        std::env::consts::ARCH,
        std::env::consts::OS,
        hasher.finish()
    )
}

/// A name for the features of this processor on which compiled code depends. Code for a processor with more features is
/// refused when it is loaded, so it is stored under another name. The characters are hexadecimal digits.
#[must_use]
pub fn processor_fingerprint() -> String {
    format!("{:08x}", features())
}

/// A bit for each feature that Cranelift detects (cranelift-native).
#[cfg(target_arch = "x86_64")]
fn features() -> u32 {
    macro_rules! bits {
        ($($feature:tt)*) => {
            [$(std::arch::is_x86_feature_detected!($feature)),*]
        };
    }
    bits(&bits!(
        "sse3" "ssse3" "sse4.1" "sse4.2" "popcnt" "avx" "avx2" "fma" "avxvnni" "avx512vnni" "bmi1" "bmi2"
        "avx512bitalg" "avx512dq" "avx512f" "avx512vl" "avx512vbmi" "lzcnt" "cmpxchg16b"
    ))
}
#[cfg(target_arch = "aarch64")]
fn features() -> u32 {
    macro_rules! bits {
        ($($feature:tt)*) => {
            [$(std::arch::is_aarch64_feature_detected!($feature)),*]
        };
    }
    bits(&bits!("lse" "paca" "fp16" "dotprod" "i8mm"))
}

fn bits(found: &[bool]) -> u32 {
    found
        .iter()
        .fold(0, |bits, found| bits << 1 | u32::from(*found))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used)]
    use super::*;

    #[test]
    fn the_settings_make_an_engine() {
        wasmtime::Engine::new(&config()).unwrap();
    }

    #[test]
    fn the_fingerprint_is_a_file_name_and_stays_the_same() {
        let name = settings_fingerprint();
        assert_eq!(name, settings_fingerprint());
        assert!(name.starts_with("wasmtime48-"), "{name}");
        assert!(
            name.chars()
                .all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || "_.-".contains(c)),
            "{name}"
        );
    }

    #[test]
    fn the_fingerprint_depends_on_every_setting() {
        let hash = |settings: &Settings| {
            let mut hasher = DefaultHasher::new();
            settings.hash(&mut hasher);
            hasher.finish()
        };
        let base = hash(&SETTINGS);
        assert_ne!(
            base,
            hash(&Settings {
                epoch_interruption: false,
                ..SETTINGS
            })
        );
        assert_ne!(
            base,
            hash(&Settings {
                memory_reservation: 0,
                ..SETTINGS
            })
        );
        assert_ne!(
            base,
            hash(&Settings {
                address_map: true,
                ..SETTINGS
            })
        );
        assert_ne!(
            base,
            hash(&Settings {
                native_unwind_info: true,
                ..SETTINGS
            })
        );
    }
}
