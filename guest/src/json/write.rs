//! A body written member by member.
//!
//! serde would want a type for every object of the request, and its code for each of them is a large
//! part of a component that is downloaded and compiled by every host.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

/// Writes JSON. Who uses it opens and closes what it writes; commas are put in between.
#[derive(Debug, Default)]
pub struct Writer {
    out: String,
}

impl Writer {
    /// A writer with room for so many bytes.
    pub fn with_capacity(bytes: usize) -> Self {
        Self { out: String::with_capacity(bytes) }
    }

    /// What was written.
    pub fn finish(self) -> String {
        self.out
    }

    /// Begins an object.
    pub fn open(&mut self) -> &mut Self {
        self.begin('{')
    }

    /// Ends an object.
    pub fn close(&mut self) -> &mut Self {
        self.out.push('}');
        self
    }

    /// Begins a list.
    pub fn open_list(&mut self) -> &mut Self {
        self.begin('[')
    }

    /// Ends a list.
    pub fn close_list(&mut self) -> &mut Self {
        self.out.push(']');
        self
    }

    /// The name of the member that is written next.
    pub fn key(&mut self, name: &str) -> &mut Self {
        self.separate();
        self.quote(name);
        self.out.push(':');
        self
    }

    /// A text.
    pub fn text(&mut self, text: &str) -> &mut Self {
        self.separate();
        self.quote(text);
        self
    }

    /// A value that is JSON already.
    pub fn raw(&mut self, json: &str) -> &mut Self {
        self.separate();
        self.out.push_str(json);
        self
    }

    /// Bytes, as base64.
    pub fn bytes(&mut self, bytes: &[u8]) -> &mut Self {
        self.separate();
        self.out.push('"');
        STANDARD.encode_string(bytes, &mut self.out);
        self.out.push('"');
        self
    }

    /// A whole number.
    pub fn number(&mut self, number: u32) -> &mut Self {
        self.raw(&number.to_string())
    }

    /// A number, which must be finite. The standard library would bring along more code for it than
    /// all else here.
    pub fn float(&mut self, number: f64) -> &mut Self {
        self.raw(&serde_json::to_string(&number).unwrap_or_default())
    }

    /// A truth value.
    pub fn truth(&mut self, value: bool) -> &mut Self {
        self.raw(if value { "true" } else { "false" })
    }

    /// A member that is a text.
    pub fn member(&mut self, name: &str, text: &str) -> &mut Self {
        self.key(name).text(text)
    }

    /// A member that is a text, when there is one.
    pub fn optional(&mut self, name: &str, text: Option<&str>) -> &mut Self {
        if let Some(text) = text {
            self.member(name, text);
        }
        self
    }

    /// A member that is a list of texts, when there are any.
    pub fn texts(&mut self, name: &str, texts: &[String]) -> &mut Self {
        if !texts.is_empty() {
            self.key(name).open_list();
            for text in texts {
                self.text(text);
            }
            self.close_list();
        }
        self
    }

    fn begin(&mut self, bracket: char) -> &mut Self {
        self.separate();
        self.out.push(bracket);
        self
    }

    /// A value follows another one, or a member another one, exactly when what stands there is their
    /// end.
    fn separate(&mut self) {
        if !matches!(self.out.as_bytes().last(), None | Some(b'{' | b'[' | b':')) {
            self.out.push(',');
        }
    }

    fn quote(&mut self, text: &str) {
        self.out.push('"');
        let mut rest = text;
        while let Some(at) =
            rest.bytes().position(|byte| byte < 0x20 || matches!(byte, b'"' | b'\\'))
        {
            self.out.push_str(&rest[..at]);
            match rest.as_bytes()[at] {
                b'"' => self.out.push_str("\\\""),
                b'\\' => self.out.push_str("\\\\"),
                b'\n' => self.out.push_str("\\n"),
                control => {
                    self.out.push_str("\\u00");
                    for digit in [control >> 4, control & 15] {
                        self.out.push(char::from_digit(digit.into(), 16).unwrap_or('0'));
                    }
                }
            }
            rest = &rest[at + 1..];
        }
        self.out.push_str(rest);
        self.out.push('"');
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn commas_stand_between_values_and_nowhere_else() {
        let mut writer = Writer::default();
        writer.open().key("a").open_list().number(1).text("x").open().close().close_list();
        writer.member("b", "{").optional("c", None).optional("d", Some("[")).key("e").raw("[]");
        writer.texts("f", &["g".to_owned(), "h".to_owned()]).texts("i", &[]);
        writer.key("j").truth(true).key("k").float(0.7).key("l").bytes(b"\0\xff").close();
        let expected =
            r#"{"a":[1,"x",{}],"b":"{","d":"[","e":[],"f":["g","h"],"j":true,"k":0.7,"l":"AP8="}"#;
        assert_eq!(writer.finish(), expected);
    }

    proptest! {
        #[test]
        fn text_comes_back_as_it_was(text in any::<String>()) {
            let mut writer = Writer::default();
            writer.text(&text);
            let read: String = serde_json::from_str(&writer.finish()).unwrap();
            prop_assert_eq!(read, text);
        }

        #[test]
        fn number_comes_back_as_it_was(number in 0.0..1.0) {
            let mut writer = Writer::default();
            writer.float(number);
            prop_assert_eq!(writer.finish().parse::<f64>().unwrap(), number);
        }
    }
}
