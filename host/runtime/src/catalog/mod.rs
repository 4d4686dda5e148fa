//! What is known about models beforehand.

mod cost;
mod prices;

pub(crate) use cost::Bill;
pub use cost::Cost;
pub use prices::{Above, Price, Prices, Rates};
