//! The header is what the types and functions say: `SINEW_WRITE_HEADER=1 cargo test --release -p sinew-controller --test
//! header` writes it anew.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::path::Path;

use cbindgen::{Builder, Config, DocumentationStyle, EnumConfig, Language, RenameRule};

const PREFACE: &str = "\
/* The control loop of Sinew behind a C interface. Made from controller/src: do not edit.
 *
 * A host makes a controller from a robot's parameter file, activates it, and from then on calls
 * sinew_controller_update in its own thread at a fixed rate, with what it has measured; what comes back is what the
 * drives are to do. Between the policy and the drives is Sinew's safety gate: no call gives a command that the gate has
 * not made or bounded.
 *
 * Threads: activate, update and deactivate are for one thread, the host's. A second one that calls them meanwhile gets
 * SINEW_STATUS_BUSY. All other functions are for any thread, also at the same time, but destroy, during which nothing
 * else may be called with the controller.
 *
 * What has to be called: update at the rate that was promised, supervise about every 20 ms from another thread, and
 * command_velocity more often than `safety.deadman_secs`.
 */";

fn config() -> Config {
    Config {
        language: Language::C,
        header: Some(PREFACE.to_owned()),
        include_guard: Some("SINEW_CONTROLLER_H".to_owned()),
        no_includes: true,
        sys_includes: ["stddef.h", "stdint.h"].map(str::to_owned).into(),
        cpp_compat: true,
        usize_is_size_t: true,
        documentation_style: DocumentationStyle::C,
        enumeration: EnumConfig {
            rename_variants: RenameRule::QualifiedScreamingSnakeCase,
            ..EnumConfig::default()
        },
        line_length: 120,
        ..Config::default()
    }
}

#[test]
fn the_header_is_made_from_the_types_and_functions() {
    let crate_folder = Path::new(env!("CARGO_MANIFEST_DIR"));
    let builder = Builder::new()
        .with_config(config())
        .with_src(crate_folder.join("src/types.rs"))
        .with_src(crate_folder.join("src/abi/mod.rs"))
        .with_src(crate_folder.join("src/abi/making.rs"))
        .with_src(crate_folder.join("src/abi/ticking.rs"))
        .with_src(crate_folder.join("src/abi/asking.rs"));
    let mut made = Vec::new();
    builder.generate().unwrap().write(&mut made);
    let made = String::from_utf8(made).unwrap();
    let file = crate_folder.join("include/sinew_controller.h");
    if std::env::var_os("SINEW_WRITE_HEADER").is_some() {
        std::fs::write(&file, &made).unwrap();
    }
    let committed = std::fs::read_to_string(&file).unwrap_or_default();
    assert!(
        committed == made,
        "{} is stale: SINEW_WRITE_HEADER=1 cargo test --release -p sinew-controller --test header",
        file.display()
    );
}
