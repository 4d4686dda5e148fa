//! Compiles the guest for `wasm32-unknown-unknown` and makes a component of it.
//!
//! It starts cargo anew, with a target folder of its own, so that the outer build's lock, flags and
//! target do not reach in. `scripts/guest-toolchain` makes sure that there is a Rust which can do
//! it; here only what is there is used.

use std::error::Error;
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::{env, fs};
use wasmparser::BinaryReader;

const TARGET: &str = "wasm32-unknown-unknown";

/// Debian's and Ubuntu's compiler, from the packages `rustc-web`, `cargo-web` and `rust-web-src`.
const DEBIAN_RUSTC: &str = "/usr/bin/rustc";
const DEBIAN_CARGO: &str = "/usr/bin/cargo";
const DEBIAN_SOURCE: &str = "/usr/lib/rustlib/src/rust/library/std/src/lib.rs";
/// From the package `lld-19`.
const DEBIAN_LINKER: &str = "/usr/bin/wasm-ld-19";

fn main() -> Result<(), Box<dyn Error>> {
    let component = PathBuf::from(env::var("CARGO_MANIFEST_DIR")?);
    let guest = component.parent().ok_or("no guest folder")?;
    let workspace = guest.parent().ok_or("no workspace folder")?;
    for input in ["guest/src", "guest/Cargo.toml", "wit", "Cargo.toml", "Cargo.lock"] {
        println!("cargo::rerun-if-changed={}", workspace.join(input).display());
    }
    println!("cargo::rerun-if-env-changed=CONVERSE_GUEST_TOOLCHAIN");

    let out = PathBuf::from(env::var("OUT_DIR")?);
    let Some(toolchain) = Toolchain::find() else {
        println!(
            "cargo::error=no Rust here can build the plugin for {TARGET}: run `make guest`, or \
             `rustup target add {TARGET}`"
        );
        return Ok(());
    };
    let module = build(&toolchain, workspace, &target_folder(&out))?;
    let encoded = wit_component::ComponentEncoder::default()
        .validate(true)
        .module(&fs::read(&module)?)?
        .encode()?;
    fs::write(out.join("bedrock_converse.component.wasm"), without_names(&encoded)?)?;
    Ok(())
}

/// The component without the names of its inner parts, which only a debugger would show.
fn without_names(component: &[u8]) -> Result<Vec<u8>, Box<dyn Error>> {
    /// Bytes before the first section.
    const PREAMBLE: usize = 8;
    const CUSTOM: u8 = 0;
    let mut kept = component.get(..PREAMBLE).ok_or("no component")?.to_vec();
    let mut reader = BinaryReader::new(&component[PREAMBLE..], 0);
    while !reader.eof() {
        let mut section = reader.clone();
        let (id, size) = (reader.read_u8()?, reader.read_var_u32()?);
        let content = reader.read_bytes(size as usize)?;
        let is_names = id == CUSTOM
            && BinaryReader::new(content, 0).read_string().is_ok_and(|n| n == "component-name");
        if !is_names {
            let length = section.bytes_remaining() - reader.bytes_remaining();
            kept.extend_from_slice(section.read_bytes(length)?);
        }
    }
    Ok(kept)
}

enum Toolchain {
    /// The active toolchain has the target.
    Active,
    /// Debian's has the standard library's source, and builds that too.
    Debian,
}

impl Toolchain {
    /// `CONVERSE_GUEST_TOOLCHAIN` picks one (`active` or `debian`), else the first that is there.
    fn find() -> Option<Self> {
        let wanted = env::var("CONVERSE_GUEST_TOOLCHAIN").unwrap_or_default();
        let allowed = |name: &str| wanted.is_empty() || wanted == name;
        if allowed("active") && active_has_target() {
            Some(Self::Active)
        } else if allowed("debian") && debian_is_there() {
            Some(Self::Debian)
        } else {
            None
        }
    }

    fn cargo(&self) -> Command {
        match self {
            Self::Active => {
                let mut cargo =
                    Command::new(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
                clear_outer_build(&mut cargo, &["RUSTUP_TOOLCHAIN"]);
                cargo
            }
            Self::Debian => {
                let mut cargo = Command::new(DEBIAN_CARGO);
                clear_outer_build(&mut cargo, &[]);
                cargo.env("RUSTC", DEBIAN_RUSTC).env("RUSTC_BOOTSTRAP", "1");
                cargo
            }
        }
    }

    fn arguments(&self) -> Vec<String> {
        match self {
            Self::Active => Vec::new(),
            Self::Debian => vec![
                "-Zbuild-std=std,panic_abort".to_owned(),
                config(&format!("linker=\"{DEBIAN_LINKER}\"")),
            ],
        }
    }
}

fn active_has_target() -> bool {
    let mut rustc = Command::new(env::var_os("RUSTC").unwrap_or_else(|| "rustc".into()));
    let found = rustc.args(["--print", "target-libdir", "--target", TARGET]).output();
    found.is_ok_and(|output| {
        output.status.success()
            && Path::new(String::from_utf8_lossy(&output.stdout).trim()).is_dir()
    })
}

fn debian_is_there() -> bool {
    [DEBIAN_RUSTC, DEBIAN_CARGO, DEBIAN_SOURCE, DEBIAN_LINKER].iter().all(|p| Path::new(p).exists())
}

/// What cargo sets for a build script would make the inner build another one.
fn clear_outer_build(cargo: &mut Command, keep: &[&str]) {
    let outer = |name: &OsString| {
        let Some(name) = name.to_str() else { return false };
        let ours = name.starts_with("CARGO")
            && !matches!(name, "CARGO_HOME" | "CARGO_NET_OFFLINE")
            && !name.starts_with("CARGO_HTTP_")
            && !name.starts_with("CARGO_REGISTR")
            && !name.starts_with("CARGO_SOURCE_");
        let others = ["RUSTC", "RUSTFLAGS", "RUSTDOC", "RUSTC_WRAPPER", "RUSTC_WORKSPACE_WRAPPER"];
        ours || others.contains(&name) || (name == "RUSTUP_TOOLCHAIN" && !keep.contains(&name))
    };
    for (name, _) in env::vars_os().filter(|(name, _)| outer(name)) {
        cargo.env_remove(name);
    }
}

/// `target/guest`, beside the outer build's `target/debug` and `target/release`.
fn target_folder(out: &Path) -> PathBuf {
    out.ancestors().nth(4).unwrap_or(out).join("guest")
}

fn build(
    toolchain: &Toolchain,
    workspace: &Path,
    target_folder: &Path,
) -> Result<PathBuf, Box<dyn Error>> {
    let status = toolchain
        .cargo()
        .current_dir(workspace)
        .args(["rustc", "--quiet", "--locked", "--package", "bedrock-converse", "--lib"])
        .args(["--crate-type", "cdylib", "--profile", "guest", "--target", TARGET])
        .arg("--target-dir")
        .arg(target_folder)
        .args(toolchain.arguments())
        .arg(config(&format!("rustflags={:?}", flags(workspace))))
        .status()?;
    if !status.success() {
        return Err("the plugin did not compile; see above".into());
    }
    Ok(target_folder.join(TARGET).join("guest").join("bedrock_converse.wasm"))
}

/// What the component says of its sources names no folder of this machine; and the linker leaves out
/// the padding it keeps for tools that would go on to change the module.
fn flags(workspace: &Path) -> Vec<String> {
    let home = env::var_os("HOME").or_else(|| env::var_os("USERPROFILE")).map(PathBuf::from);
    let cargo = env::var_os("CARGO_HOME").map(PathBuf::from);
    let cargo = cargo.or_else(|| home.map(|home| home.join(".cargo")));
    let sources = cargo.map(|cargo| cargo.join("registry").join("src"));
    let registries = sources.and_then(|sources| fs::read_dir(sources).ok()).into_iter().flatten();
    registries
        .flatten()
        .map(|registry| registry.path())
        .chain([workspace.to_owned()])
        .map(|folder| format!("--remap-path-prefix={}=", folder.display()))
        .chain(["-Clink-arg=--compress-relocations".to_owned()])
        .collect()
}

fn config(setting: &str) -> String {
    format!("--config=target.{TARGET}.{setting}")
}
