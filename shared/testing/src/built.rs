//! The services as they were built, for tests that start them as processes.

use std::path::{Path, PathBuf};
use std::time::SystemTime;
use std::{env, fs};

/// The program of a service, as it was built with the tests.
///
/// # Panics
/// When one of its sources has changed between the two builds: `cargo test -p` builds the tests and not the services.
pub fn program(service: &str) -> PathBuf {
    let tests = env::current_exe().expect("the path of the tests");
    // target/<profile>/deps/<tests> beside target/<profile>/<service>
    let folder = tests.parent().and_then(Path::parent).expect("the build's folder");
    let program = folder.join(service);
    if let Some(source) = changed_between(&program, &tests) {
        panic!(
            "{service} was built before {} was changed: cargo build --workspace",
            source.display()
        );
    }
    program
}

/// A source that the program was built before, and the tests after. What is changed while tests run is in neither.
fn changed_between(program: &Path, tests: &Path) -> Option<PathBuf> {
    let (built, tested) = (modified(program)?, modified(tests)?);
    // Cargo keeps it beside the program: `<program>: <source> <source> …`, where a space in a name has a backslash before it.
    let list = fs::read_to_string(program.with_extension("d")).ok()?;
    let (_, sources) = list.lines().next()?.split_once(": ")?;
    let sources = sources.replace("\\ ", "\0");
    let mut sources = sources
        .split(' ')
        .map(|source| PathBuf::from(source.replace('\0', " ")));
    sources.find(|source| modified(source).is_some_and(|changed| built < changed && changed <= tested))
}

fn modified(file: &Path) -> Option<SystemTime> {
    fs::metadata(file).ok()?.modified().ok()
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn a_program_that_is_older_than_what_the_tests_were_built_of_is_found() {
        let folder = env::temp_dir().join(format!("a program {}", uuid::Uuid::now_v7()));
        fs::create_dir(&folder).unwrap();
        let begin = SystemTime::now();
        let write = |name: &str, text: &str, second: u64| {
            let file = folder.join(name);
            fs::write(&file, text).unwrap();
            let written = fs::File::options().write(true).open(&file).unwrap();
            written.set_modified(begin + Duration::from_secs(second)).unwrap();
            file
        };
        let tests = write("tests", "", 20);
        let program = write("web", "", 10);
        assert_eq!(changed_between(&program, &tests), None, "nothing is known of it");
        let other = write("other.rs", "", 5);
        let source = write("main.rs", "", 5);
        let escaped = |file: &Path| file.to_str().unwrap().replace(' ', "\\ ");
        let list = format!("{}: {} {}\n", escaped(&program), escaped(&other), escaped(&source));
        write("web.d", &list, 10);
        assert_eq!(changed_between(&program, &tests), None);
        write("main.rs", "", 15);
        assert_eq!(changed_between(&program, &tests), Some(source));
        write("main.rs", "", 25);
        assert_eq!(changed_between(&program, &tests), None, "the tests are as old");
        fs::remove_dir_all(&folder).unwrap();
    }
}
