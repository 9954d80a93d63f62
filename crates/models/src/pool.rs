//! Scratch memory that evaluations borrow and give back, so that the steady state allocates nothing.

use std::sync::{Mutex, PoisonError};

#[derive(Debug)]
pub(crate) struct Pool<T> {
    idle: Mutex<Vec<T>>,
}

impl<T> Pool<T> {
    pub(crate) fn new() -> Self {
        Self { idle: Mutex::new(Vec::new()) }
    }

    /// Runs `work` with idle scratch memory, made by `make` if there is none.
    pub(crate) fn with<R>(&self, make: impl FnOnce() -> T, work: impl FnOnce(&mut T) -> R) -> R {
        let idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner).pop();
        let mut scratch = idle.unwrap_or_else(make);
        let result = work(&mut scratch);
        self.idle.lock().unwrap_or_else(PoisonError::into_inner).push(scratch);
        result
    }
}

impl<T> Clone for Pool<T> {
    /// An empty pool: scratch memory is not part of a value.
    fn clone(&self) -> Self {
        Self::new()
    }
}
