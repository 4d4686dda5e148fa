//! Bytes on the wire: HTTP through the host, and the event stream's frames.

pub mod frames;
pub mod http;
