//! What shall go wrong, and the one-line syntax for it: `latency=50,status=429,retry-after=2`.

use std::fmt;
use std::num::NonZeroUsize;
use std::str::FromStr;
use std::time::Duration;

use http::StatusCode;
use percent_encoding::{AsciiSet, CONTROLS, percent_decode_str, utf8_percent_encode};

/// What a value must not contain as it is when faults are written as text.
const RESERVED: &AsciiSet = &CONTROLS.add(b' ').add(b',').add(b'%').add(b'"');

/// One list makes the struct, the parser, the printer and the overlay, so that no key can be
/// missing in one of them.
macro_rules! faults {
    (
        values { $( $(#[$doc:meta])* $key:literal => $field:ident: $type:ty, )* }
        flags { $( $(#[$flag_doc:meta])* $flag_key:literal => $flag:ident, )* }
    ) => {
        /// What shall go wrong with the answer to a request. The default is nothing.
        ///
        /// Written as text ([`FromStr`], [`Display`](fmt::Display)) it is a comma separated list
        /// of `key=value` and plain flags, such as `truncate=3,never-end`. Values of `code` and
        /// `message` may be percent-encoded.
        #[derive(Debug, Clone, Default, PartialEq, Eq)]
        pub struct Faults {
            $( $(#[$doc])* #[doc = concat!("\n\nKey: `", $key, "`.")] pub $field: Option<$type>, )*
            $( $(#[$flag_doc])* #[doc = concat!("\n\nKey: `", $flag_key, "`.")] pub $flag: bool, )*
        }

        impl Faults {
            /// Every key of the syntax.
            pub const KEYS: &[&str] = &[$($key,)* $($flag_key,)*];

            /// These faults on top of `below`: what is not set here is taken from there.
            #[must_use]
            pub fn over(self, below: &Faults) -> Faults {
                Faults {
                    $( $field: self.$field.or_else(|| below.$field.clone()), )*
                    $( $flag: self.$flag || below.$flag, )*
                }
            }

            fn set(&mut self, key: &str, value: Option<&str>) -> Result<(), FaultError> {
                match key {
                    $( $key => self.$field = Some(read(key, value)?), )*
                    $( $flag_key if value.is_none() => self.$flag = true, )*
                    $( $flag_key => return Err(FaultError::value(key, value, "no value")), )*
                    _ => return Err(FaultError::UnknownKey { key: key.to_owned() }),
                }
                Ok(())
            }
        }

        impl fmt::Display for Faults {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                let mut separator = "";
                $( if let Some(value) = &self.$field {
                    write!(f, "{separator}{}={}", $key, value.write())?;
                    separator = ",";
                } )*
                $( if self.$flag {
                    write!(f, "{separator}{}", $flag_key)?;
                    separator = ",";
                } )*
                let _ = separator;
                Ok(())
            }
        }
    };
}

faults! {
    values {
        /// Milliseconds to wait before the response's headers are sent.
        "latency" => latency: Duration,
        /// Answer with this HTTP error instead (400 to 599).
        "status" => status: StatusCode,
        /// The error code to go with `status` instead of the status's usual one.
        "code" => code: String,
        /// The message to go with `status` or `exception`.
        "message" => message: String,
        /// `Retry-After` header in seconds on the error.
        "retry-after" => retry_after: u64,
        /// `x-amz-retry-after` header in milliseconds on the error.
        "retry-after-ms" => retry_after_ms: Duration,
        /// End the stream with this exception message.
        "exception" => exception: StreamException,
        /// Events before the exception; 1 if not given.
        "after" => after: usize,
        /// End the body cleanly after this many events.
        "truncate" => truncate: usize,
        /// End the body cleanly after this many bytes.
        "truncate-bytes" => truncate_bytes: usize,
        /// Break the connection after this many events, without the body's end (on HTTP/2: reset
        /// the stream).
        "abort" => abort: usize,
        /// Number, from 1, of the message whose message checksum is wrong.
        "corrupt" => corrupt: NonZeroUsize,
        /// Number, from 1, of the message whose prelude checksum is wrong.
        "corrupt-prelude" => corrupt_prelude: NonZeroUsize,
        /// Milliseconds between the pieces of the body; pieces are one byte, or `chunk` bytes.
        "drip" => drip: Duration,
        /// Size of the pieces in which the body is written; 0: the whole body at once. Without
        /// it every message is a piece.
        "chunk" => chunk: usize,
        /// Milliseconds between two messages.
        "frame-delay" => frame_delay: Duration,
        /// Send this many messages, then wait for [`Sim::release`](crate::Sim::release).
        "gate" => gate: usize,
        /// Seconds by which the sim's clock is ahead, or behind if negative.
        "skew" => skew: i64,
        /// How many requests have these faults, for those that would have them for longer or for
        /// shorter: faults of the sim end with the last one, a queued entry lasts that long, and a
        /// request that asks for them is, sent again, answered after that many times.
        "times" => times: NonZeroUsize,
    }
    flags {
        /// Keep the body open and silent after the last event.
        "never-end" => never_end,
        /// Answer with an HTML page and status 200, as a captive portal or a proxy does.
        "html" => html,
        /// Take the request and never answer.
        "hang" => hang,
        /// Close the connection without an answer (on HTTP/2: reset the stream).
        "reset" => reset,
        /// Leave out the `metadata` event.
        "no-metadata" => no_metadata,
        /// Leave out the stream's `Content-Type` header.
        "no-content-type" => no_content_type,
    }
}

/// A message that ends a stream with an error.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StreamException {
    /// `internalServerException`
    InternalServer,
    /// `modelStreamErrorException`
    ModelStreamError,
    /// `serviceUnavailableException`
    ServiceUnavailable,
    /// `throttlingException`
    Throttling,
    /// `validationException`
    Validation,
    /// `error`: a message of type `error`, which the service's model does not have.
    Unmodelled,
}

/// Why a text is not a list of faults.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum FaultError {
    /// No fault has this name.
    #[error("unknown fault `{key}`; known are {}", Faults::KEYS.join(", "))]
    UnknownKey {
        /// The name as written.
        key: String,
    },
    /// The fault exists, its value is wrong or missing.
    #[error("fault `{key}` takes {expected}, not `{value}`")]
    Value {
        /// The fault's name.
        key: String,
        /// The value as written, empty if there was none.
        value: String,
        /// What would have been right.
        expected: &'static str,
    },
}

impl FaultError {
    fn value(key: &str, value: Option<&str>, expected: &'static str) -> Self {
        Self::Value { key: key.to_owned(), value: value.unwrap_or_default().to_owned(), expected }
    }
}

impl Faults {
    /// Takes `times` out, as these are now one request's, and says how many more there are.
    pub(crate) fn count_down(&mut self) -> Option<usize> {
        self.times.take().map(|times| times.get() - 1)
    }
}

impl FromStr for Faults {
    type Err = FaultError;

    fn from_str(text: &str) -> Result<Self, FaultError> {
        let mut faults = Self::default();
        for item in text.split(',').map(str::trim).filter(|item| !item.is_empty()) {
            match item.split_once('=') {
                Some((key, value)) => faults.set(key.trim(), Some(value.trim()))?,
                None => faults.set(item, None)?,
            }
        }
        Ok(faults)
    }
}

fn read<T: Setting>(key: &str, value: Option<&str>) -> Result<T, FaultError> {
    value.and_then(T::read).ok_or_else(|| FaultError::value(key, value, T::EXPECTED))
}

/// A value that can be written after `key=`.
trait Setting: Sized {
    const EXPECTED: &'static str;
    fn read(text: &str) -> Option<Self>;
    fn write(&self) -> String;
}

macro_rules! numbers {
    ($($type:ty: $expected:literal),*) => {$(
        impl Setting for $type {
            const EXPECTED: &'static str = $expected;
            fn read(text: &str) -> Option<Self> {
                text.parse().ok()
            }
            fn write(&self) -> String {
                self.to_string()
            }
        }
    )*};
}

numbers!(
    usize: "a number",
    u64: "a number of seconds",
    i64: "a number of seconds",
    NonZeroUsize: "a number from 1"
);

impl Setting for Duration {
    const EXPECTED: &'static str = "a number of milliseconds";
    fn read(text: &str) -> Option<Self> {
        text.parse().ok().map(Duration::from_millis)
    }
    fn write(&self) -> String {
        self.as_millis().to_string()
    }
}

impl Setting for StatusCode {
    const EXPECTED: &'static str = "an HTTP status from 400 to 599";
    fn read(text: &str) -> Option<Self> {
        let status: StatusCode = text.parse().ok()?;
        (status.is_client_error() || status.is_server_error()).then_some(status)
    }
    fn write(&self) -> String {
        self.as_str().to_owned()
    }
}

impl Setting for String {
    const EXPECTED: &'static str = "a text";
    fn read(text: &str) -> Option<Self> {
        percent_decode_str(text).decode_utf8().ok().map(Into::into)
    }
    fn write(&self) -> String {
        utf8_percent_encode(self, RESERVED).to_string()
    }
}

impl StreamException {
    const ALL: [Self; 6] = [
        Self::InternalServer,
        Self::ModelStreamError,
        Self::ServiceUnavailable,
        Self::Throttling,
        Self::Validation,
        Self::Unmodelled,
    ];

    /// The name on the wire and in the syntax.
    pub fn name(self) -> &'static str {
        match self {
            Self::InternalServer => "internalServerException",
            Self::ModelStreamError => "modelStreamErrorException",
            Self::ServiceUnavailable => "serviceUnavailableException",
            Self::Throttling => "throttlingException",
            Self::Validation => "validationException",
            Self::Unmodelled => "error",
        }
    }
}

impl Setting for StreamException {
    const EXPECTED: &'static str = "internalServerException, modelStreamErrorException, \
         serviceUnavailableException, throttlingException, validationException or error";
    fn read(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|exception| exception.name() == text)
    }
    fn write(&self) -> String {
        self.name().to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_and_back() {
        let text = "latency=5,status=429,code=Slow,message=a%20b%2Cc,retry-after=2,\
                    retry-after-ms=3,exception=error,after=0,truncate=1,truncate-bytes=2,abort=3,corrupt=4,\
                    corrupt-prelude=5,drip=6,chunk=0,frame-delay=7,gate=8,skew=-9,times=10,\
                    never-end,html,hang,reset,no-metadata,no-content-type";
        let faults: Faults = text.parse().unwrap();
        assert_eq!(faults.latency, Some(Duration::from_millis(5)));
        assert_eq!(faults.message.as_deref(), Some("a b,c"));
        assert_eq!(faults.chunk, Some(0));
        assert!(faults.never_end && faults.no_content_type);
        assert_eq!(faults.to_string(), text);
        assert_eq!(text.split(',').count(), Faults::KEYS.len());
    }

    #[test]
    fn nothing_is_nothing() {
        assert_eq!("".parse(), Ok(Faults::default()));
        assert_eq!(Faults::default().to_string(), "");
    }

    #[test]
    fn every_exception_has_a_name_that_is_read_back() {
        for exception in StreamException::ALL {
            let faults: Faults = format!("exception={}", exception.name()).parse().unwrap();
            assert_eq!(faults.exception, Some(exception));
        }
    }

    #[test]
    fn mistakes_are_named() {
        for (text, named) in [
            ("latncy=5", "`latncy`"),
            ("latency=soon", "milliseconds, not `soon`"),
            ("latency", "`latency` takes"),
            ("hang=1", "`hang` takes no value"),
            ("status=200", "400 to 599, not `200`"),
            ("skew=1.5", "seconds, not `1.5`"),
            ("times=0", "from 1, not `0`"),
            ("corrupt=0", "from 1, not `0`"),
            ("exception=oops", "throttlingException"),
        ] {
            let error = text.parse::<Faults>().unwrap_err().to_string();
            assert!(error.contains(named), "{text}: {error}");
        }
    }

    #[test]
    fn the_upper_one_wins_key_by_key() {
        let below: Faults = "latency=1,truncate=2,html".parse().unwrap();
        let above: Faults = "truncate=3,hang".parse().unwrap();
        assert_eq!(above.over(&below).to_string(), "latency=1,truncate=3,html,hang");
    }
}
