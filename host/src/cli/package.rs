//! `nethost pack`, `nethost sign` and `nethost verify`: what an author gives away, and how others know that it is theirs.

use std::fs::OpenOptions;
use std::io::{self, Read, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use clap::Args;

use nethost_core::{digest, output, regular, replace};
use nethost_package::{PublicKey, SecretKey, beside};

/// What `nethost pack` is called with.
#[derive(Args)]
pub(super) struct Pack {
    /// The component, or a core module for WASI 0.1
    component: PathBuf,
    /// The folder with the world of a core module; makes a component of it
    #[arg(long, value_name = "DIR")]
    wit: Option<PathBuf>,
    /// Which world, if the folder has several
    #[arg(long, value_name = "NAME", requires = "wit")]
    world: Option<String>,
    /// The manifest to put into it
    #[arg(long, value_name = "FILE", default_value = "plugin.toml")]
    manifest: PathBuf,
    /// Write the packed component to another file
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,
    /// Keep names of functions and debug information
    #[arg(long)]
    keep_names: bool,
}

/// What `nethost sign` is called with.
#[derive(Args)]
pub(super) struct Sign {
    /// The component; its signature goes to a file of the same name with `.sig` behind it
    #[arg(required_unless_present = "new_key")]
    component: Option<PathBuf>,
    /// The file with the secret key
    #[arg(long, value_name = "FILE", required_unless_present = "new_key")]
    key: Option<PathBuf>,
    /// Make a new key in this file, and print its public half
    #[arg(long, value_name = "FILE", conflicts_with_all = ["component", "key"])]
    new_key: Option<PathBuf>,
}

/// What `nethost verify` is called with.
#[derive(Args)]
pub(super) struct Verify {
    /// The component
    component: PathBuf,
    /// A trusted signer, `ed25519:` and 64 hexadecimal digits; can be repeated
    #[arg(long, value_name = "KEY", required = true)]
    signer: Vec<String>,
    /// The file with the signature; the component's name with `.sig` behind it if it is left out
    #[arg(long, value_name = "FILE")]
    signature: Option<PathBuf>,
}

fn told(path: &Path) -> impl Fn(&dyn std::fmt::Display) -> io::Error {
    let path = path.display().to_string();
    move |why| io::Error::other(format!("{path}: {why}"))
}

/// No component, and no core module with all that a debugger needs, is larger.
const LARGEST: u64 = 512 << 20;
/// Manifests and keys are smaller.
const LONGEST_TEXT: u64 = 1 << 20;

fn read(path: &Path) -> io::Result<Vec<u8>> {
    let read = || {
        let mut bytes = Vec::new();
        let file = regular::open(path)?;
        file.take(LARGEST + 1).read_to_end(&mut bytes)?;
        match bytes.len() as u64 > LARGEST {
            true => Err(io::Error::other("longer than 512 MiB")),
            false => Ok(bytes),
        }
    };
    read().map_err(|error| told(path)(&error))
}

fn text(path: &Path) -> io::Result<String> {
    regular::text(path, LONGEST_TEXT).map_err(|error| told(path)(&error))
}

/// Packs a component, and prints its digest.
pub(super) fn pack(options: &Pack) -> io::Result<u8> {
    let mut component = read(&options.component)?;
    if let Some(wit) = &options.wit {
        component = nethost_bindings::component(&component, wit, options.world.as_deref())
            .map_err(|error| told(&options.component)(&error))?;
    }
    let manifest = text(&options.manifest)?;
    let packed = nethost_package::pack(&component, &manifest, options.keep_names);
    let packed = packed.map_err(|error| match error {
        nethost_package::PackError::Manifest(error) => told(&options.manifest)(&error),
        error => told(&options.component)(&error),
    })?;
    let path = options.output.as_ref().unwrap_or(&options.component);
    replace(path, &packed).map_err(|error| told(path)(&error))?;
    let (size, digest) = (packed.len(), digest(&packed));
    writeln!(
        output::output(),
        "{}: {size} bytes, {digest}",
        path.display()
    )?;
    Ok(0)
}

/// Signs a component, or makes a key.
pub(super) fn sign(options: &Sign) -> io::Result<u8> {
    let mut output = output::output();
    if let Some(path) = &options.new_key {
        let key = SecretKey::generate().map_err(|error| told(path)(&error))?;
        // Only for its owner, and never over a key that is there.
        let file = OpenOptions::new()
            .write(true)
            .create_new(true)
            .mode(0o600)
            .open(path);
        file.and_then(|mut file| file.write_all(key.text().as_bytes()))
            .map_err(|error| told(path)(&error))?;
        writeln!(output, "{}", key.public())?;
        return Ok(0);
    }
    let (Some(path), Some(file)) = (&options.component, &options.key) else {
        return Err(io::Error::other("a component and --key, or --new-key"));
    };
    let component = read(path)?;
    let key = SecretKey::parse(&text(file)?).map_err(|error| told(file)(&error))?;
    let signature = beside(path);
    replace(
        &signature,
        nethost_package::sign(&component, &key).as_bytes(),
    )
    .map_err(|error| told(&signature)(&error))?;
    writeln!(output, "{}: {}", signature.display(), key.public())?;
    Ok(0)
}

/// Verifies the signature of a component. The exit code is 1 if it does not count.
pub(super) fn verify(options: &Verify) -> io::Result<u8> {
    let key = |text: &String| {
        let key = text.parse::<PublicKey>();
        key.map_err(|error| io::Error::other(format!("--signer: `{text}` {error}")))
    };
    let trusted: Vec<_> = options.signer.iter().map(key).collect::<Result<_, _>>()?;
    let component = read(&options.component)?;
    let path = match &options.signature {
        Some(path) => path.clone(),
        None => beside(&options.component),
    };
    let longest = nethost_package::LONGEST_SIGNATURE as u64;
    let signature = match regular::text(&path, longest) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            let why = format!(
                "{} is not signed: there is no {}",
                options.component.display(),
                path.display()
            );
            output::say("nethost", &why);
            return Ok(1);
        }
        read => read.map_err(|error| told(&path)(&error))?,
    };
    match nethost_package::verify(&component, &signature, &trusted) {
        Ok(signer) => {
            let (path, digest) = (options.component.display(), digest(&component));
            writeln!(output::output(), "{path}: {digest}, signed by {signer}")?;
            Ok(0)
        }
        Err(refusal) => {
            output::say("nethost", &format!("{}: {refusal}", path.display()));
            Ok(1)
        }
    }
}
