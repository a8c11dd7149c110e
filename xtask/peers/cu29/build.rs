//! Copper's macros want a folder for their log strings.

fn main() {
    println!("cargo::rustc-env=LOG_INDEX_DIR={}", std::env::var("OUT_DIR").expect("cargo sets it"));
}
