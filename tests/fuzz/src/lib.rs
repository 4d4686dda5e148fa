//! The checks, for the fuzz targets.

#[path = "../checks/mod.rs"]
pub mod checks;
