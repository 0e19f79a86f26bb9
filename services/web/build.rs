//! Generates the API from `proto/` and makes room for the console's files.

use std::error::Error;
use std::path::Path;
use std::{env, fs};

fn main() -> Result<(), Box<dyn Error>> {
    println!("cargo:rerun-if-changed=../../proto");
    let files: Vec<_> = fs::read_dir("../../proto/incident_bot/v1")?
        .map(|file| Ok(format!("incident_bot/v1/{}", file?.file_name().display())))
        .collect::<std::io::Result<_>>()?;
    let mut compiler = protox::Compiler::new(["../../proto"])?;
    compiler
        .include_source_info(true)
        .include_imports(true)
        .open_files(files)?;
    let file = Path::new(&env::var("OUT_DIR")?).join("descriptors.bin");
    let descriptors = compiler.encode_file_descriptor_set();
    // Written again it would be newer than the service that was built of it, and that would count as old in tests.
    if fs::read(&file).ok().as_ref() != Some(&descriptors) {
        fs::write(file, descriptors)?;
    }
    tonic_prost_build::configure().compile_fds(compiler.file_descriptor_set())?;

    // The console is built by npm and not committed; embedding it needs the folder, be it empty.
    fs::create_dir_all("ui/dist")?;
    println!("cargo:rerun-if-changed=ui/dist");
    Ok(())
}
