//! Who runs independent pieces of work: rooms below `runs` know no threads and take an executor as an argument.

/// Runs independent tasks, on as many threads as it has.
pub trait Executor: Sync {
    /// Calls `task` once with each of `0..count`, in any order, and returns when all are done.
    fn run(&self, count: usize, task: &(dyn Fn(usize) + Sync));

    /// Tasks that run at the same time at most.
    fn width(&self) -> usize;
}

/// Runs everything here and now, in order.
#[derive(Clone, Copy, Debug, Default)]
pub struct Inline;

impl Executor for Inline {
    fn run(&self, count: usize, task: &(dyn Fn(usize) + Sync)) {
        (0..count).for_each(task);
    }

    fn width(&self) -> usize {
        1
    }
}
