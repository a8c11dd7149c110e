//! An inference makes no Rust allocation. (ONNX Runtime's own, in C++, are not counted.)

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;

use sinew_control::io::Policy;
use sinew_models::SessionOptions;

use crate::build::{mlp, recurrent};
use crate::support::{contract, load, recurrent_contract, write_model};

thread_local! {
    static ALLOCATIONS: Cell<u64> = const { Cell::new(0) };
}

/// Counts this thread's allocations; other tests run beside this one.
struct Counting;

// SAFETY: every call is passed to the system's allocator unchanged.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        ALLOCATIONS.set(ALLOCATIONS.get() + 1);
        // SAFETY: as this function's own.
        unsafe { System.alloc(layout) }
    }
    unsafe fn dealloc(&self, memory: *mut u8, layout: Layout) {
        // SAFETY: as this function's own.
        unsafe { System.dealloc(memory, layout) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

fn allocations_of(work: impl FnOnce()) -> u64 {
    let before = ALLOCATIONS.get();
    work();
    ALLOCATIONS.get() - before
}

#[test]
fn the_counter_counts() {
    assert_eq!(allocations_of(|| drop(std::hint::black_box(Box::new(1)))), 1);
}

#[test]
fn inference_makes_no_rust_allocation() {
    let folder = tempfile::tempdir().unwrap();
    let cases = [
        (write_model(&folder, "mlp.onnx", &mlp(&[60, 256, 12])), contract(12)),
        (
            write_model(&folder, "recurrent.onnx", &recurrent()),
            recurrent_contract(),
        ),
    ];
    for (file, contract) in cases {
        let mut policy = load(&file, &contract, &SessionOptions::default()).unwrap();
        let observation = vec![0.1; policy.observation_len()];
        let mut action = vec![0.0; policy.action_len()];
        let count = allocations_of(|| {
            for _ in 0..100 {
                policy.infer(&observation, &mut action).unwrap();
            }
            policy.reset();
            assert!(policy.infer(&observation[1..], &mut action).is_err());
        });
        assert_eq!(count, 0, "{}", file.display());
    }
}
