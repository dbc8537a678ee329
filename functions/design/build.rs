//! How the function is linked.

fn main() {
    // At a fixed address: the table of what to move is 0.4 MB of a cold start, and what could be attacked by its address is
    // little: all but the ciphers of ring is safe Rust.
    println!("cargo:rustc-link-arg-bins=-no-pie");
    // A panic aborts: nobody looks up how to unwind, and the index for it is 0.1 MB.
    println!("cargo:rustc-link-arg-bins=-Wl,--no-eh-frame-hdr");
}
