//! Prepares the folder of browser assets that `assets.rs` embeds.

use std::{
    env,
    error::Error,
    fs::{self, File},
    io::Write,
    path::Path,
};

use flate2::{Compression, write::GzEncoder};

fn main() -> Result<(), Box<dyn Error>> {
    let site = Path::new(env!("CARGO_MANIFEST_DIR")).join("../target/site");
    // So that the server builds before the browser part was.
    fs::create_dir_all(&site)?;
    // A debug build reads the folder while it runs.
    let embeds = env::var("PROFILE").as_deref() == Ok("release");
    println!("cargo::rerun-if-changed={}", if embeds { site.to_string_lossy() } else { "build.rs".into() });
    if embeds {
        pack_relocations();
        fold_identical_code();
        compress_again(&site)
    } else {
        Ok(())
    }
}

/// Where the program's own pointers stand takes three megabytes as a list and a hundredth of it as a bitmap, which loaders read since glibc 2.36.
fn pack_relocations() {
    if env::var("CARGO_CFG_TARGET_OS").as_deref() == Ok("linux") && env::var("CARGO_CFG_TARGET_ENV").as_deref() == Ok("gnu") {
        println!("cargo::rustc-link-arg-bins=-Wl,-z,pack-relative-relocs");
    }
}

/// What several crates compiled alike is there once. Of LLVM's linker, which is Rust's own on this processor.
fn fold_identical_code() {
    let target = ["ARCH", "OS", "ENV"].map(|part| env::var(format!("CARGO_CFG_TARGET_{part}")).unwrap_or_default());
    if target == ["x86_64", "linux", "gnu"] {
        println!("cargo::rustc-link-arg-bins=-Wl,--icf=all");
    }
}

/// cargo-leptos' brotli is as small as it gets; its gzip is larger than need be by a sixth, and browsers ask for brotli over TLS only.
fn compress_again(folder: &Path) -> Result<(), Box<dyn Error>> {
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            compress_again(&path)?;
        } else if path.extension().is_some_and(|end| end == "gz") {
            let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
            encoder.write_all(&fs::read(path.with_extension(""))?)?;
            let built = fs::metadata(&path)?.modified()?;
            let mut file = File::create(&path)?;
            file.write_all(&encoder.finish()?)?;
            // As if it had been there before, or cargo would run this again each time.
            file.set_modified(built)?;
        }
    }
    Ok(())
}
