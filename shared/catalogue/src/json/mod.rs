//! JSON read without building trees: members of an object, one value by its pointer, a few bytes replaced.

pub mod fields;
pub mod pointer;
pub mod splice;
