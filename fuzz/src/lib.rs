//! What the fuzz targets share: numbers out of arbitrary bytes, and the seeds that a target starts from.

use std::fs;
use std::panic;
use std::path::Path;

/// Arbitrary bytes, read from the front; zeros once they are used up.
#[derive(Debug, Clone, Copy)]
pub struct Bytes<'a>(pub &'a [u8]);

impl<'a> Bytes<'a> {
    /// Any byte.
    pub fn byte(&mut self) -> u8 {
        let Some((first, rest)) = self.0.split_first() else {
            return 0;
        };
        self.0 = rest;
        *first
    }

    /// Any number of 16 bits.
    pub fn short(&mut self) -> u16 {
        u16::from_le_bytes([self.byte(), self.byte()])
    }

    /// Any float, infinities and NaN among them, of the precision that 16 bits have.
    pub fn float(&mut self) -> f32 {
        f32::from_bits(u32::from(self.short()) << 16)
    }

    /// Yes or no.
    pub fn flag(&mut self) -> bool {
        self.byte() % 2 == 1
    }

    /// One of `choices`.
    pub fn pick<T: Copy>(&mut self, choices: &[T]) -> T {
        choices[usize::from(self.byte()) % choices.len()]
    }

    /// Width and height of 1 to 256.
    pub fn size(&mut self) -> [usize; 2] {
        [self.byte(), self.byte()].map(|side| usize::from(side) + 1)
    }
}

/// Lets panics of other people's code pass, which ours has to catch: any that it does not ends the run all the same.
pub fn forgive_dependencies() {
    let abort = panic::take_hook();
    panic::set_hook(Box::new(move |info| {
        let is_theirs = info.location().is_some_and(|at| at.file().contains("/registry/"));
        if !is_theirs {
            abort(info);
        }
    }));
}

/// Puts seeds into the corpus of a target, before it is read.
pub fn plant(target: &str, seeds: impl IntoIterator<Item = Vec<u8>>) {
    let corpus = Path::new(env!("CARGO_MANIFEST_DIR")).join("corpus").join(target);
    let written = fs::create_dir_all(&corpus).and_then(|()| {
        (0..)
            .zip(seeds)
            .try_for_each(|(i, seed)| fs::write(corpus.join(format!("seed-{i}")), seed))
    });
    if let Err(error) = written {
        eprintln!("no seeds in {}: {error}", corpus.display());
    }
}
