//! How the function is linked.

fn main() {
    // At a fixed address: the table of what to move is 0.4 MB of a cold start, and what could be attacked by its address is
    // little: all but the ciphers of ring is safe Rust.
    println!("cargo:rustc-link-arg-bins=-no-pie");
}
