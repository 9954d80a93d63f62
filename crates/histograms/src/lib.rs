//! Axes, storages, filling, UHI indexing and its JSON form, intervals
