//! Cache points.

use serde_json::Value;

use super::{Checked, one_of, reject};
use crate::cache::{Ttl, items};

const MOST: usize = 4;

/// There are not too many of them, and what is kept longer comes first.
pub(super) fn points(request: &Value) -> Checked {
    let mut count = 0;
    let mut last = Ttl::OneHour;
    for (at, point) in all(request) {
        one_of(&point["type"], &format!("{at}.cachePoint.type"), &["default"])?;
        if !point["ttl"].is_null() {
            one_of(&point["ttl"], &format!("{at}.cachePoint.ttl"), &["5m", "1h"])?;
        }
        let ttl = Ttl::of(point);
        if ttl < last {
            return reject(format!(
                "{at}.cachePoint.ttl: a cachePoint of 1h must not come after one of 5m. They are \
                 processed in the order toolConfig, system, messages."
            ));
        }
        last = ttl;
        count += 1;
        if count > MOST {
            return reject(format!(
                "The cachePoint at {at} is one too many. A maximum of {MOST} cachePoint blocks may \
                 be provided in toolConfig, system and messages together."
            ));
        }
    }
    Ok(())
}

/// All cache points and where they are.
pub(super) fn all(request: &Value) -> impl Iterator<Item = (String, &Value)> {
    items(request).filter_map(|(at, item)| Some((at, item.get("cachePoint")?)))
}
