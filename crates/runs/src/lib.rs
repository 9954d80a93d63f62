//! Analysis file to plan to partitions to products; cache, progress, provenance
