//! What goes along with a prompt: images, documents, videos and sounds.

use crate::args::chat::Attached;
use crate::failure::Failure;
use converse_host::{ContentBlock, Document, DocumentSource, Media};
use std::collections::HashSet;
use std::path::Path;

const DOCUMENTS: Formats = Formats {
    what: "a document",
    known: &["pdf", "csv", "doc", "docx", "xls", "xlsx", "html", "txt", "md"],
    other_names: &[("htm", "html"), ("markdown", "md"), ("text", "txt")],
};
const VIDEOS: Formats = Formats {
    what: "a video",
    known: &["mkv", "mov", "mp4", "webm", "flv", "mpeg", "mpg", "wmv"],
    other_names: &[("3gp", "three_gp")],
};
const SOUNDS: Formats = Formats {
    what: "a sound",
    known: &[
        "mp3", "opus", "wav", "aac", "flac", "mp4", "ogg", "mkv", "mka", "m4a", "mpeg", "mpga",
        "pcm", "webm",
    ],
    other_names: &[],
};

/// Reads all of it.
pub(crate) fn read(attached: &Attached) -> Result<Vec<ContentBlock>, Failure> {
    let mut content = Vec::new();
    for path in &attached.images {
        content.push(ContentBlock::Image(image(path)?));
    }
    let mut names = HashSet::new();
    for path in &attached.documents {
        content.push(ContentBlock::Document(document(path, attached.cite, &mut names)?));
    }
    for path in &attached.videos {
        content.push(ContentBlock::Video(media(path, &VIDEOS)?));
    }
    for path in &attached.sounds {
        content.push(ContentBlock::Audio(media(path, &SOUNDS)?));
    }
    Ok(content)
}

/// An image's bytes say what it is; its file's name may not.
fn image(path: &Path) -> Result<Media, Failure> {
    let bytes = file(path, "the image")?;
    match image_format(&bytes) {
        Some(format) => Ok(Media::bytes(format, bytes)),
        None => Err(Failure::Usage(format!(
            "{} is not an image Bedrock takes: png, jpeg, gif or webp",
            path.display()
        ))),
    }
}

fn image_format(bytes: &[u8]) -> Option<&'static str> {
    match bytes {
        [0x89, b'P', b'N', b'G', b'\r', b'\n', 0x1a, b'\n', ..] => Some("png"),
        [0xff, 0xd8, 0xff, ..] => Some("jpeg"),
        [b'G', b'I', b'F', b'8', b'7' | b'9', b'a', ..] => Some("gif"),
        [b'R', b'I', b'F', b'F', _, _, _, _, b'W', b'E', b'B', b'P', ..] => Some("webp"),
        _ => None,
    }
}

fn document(
    path: &Path,
    citations: bool,
    names: &mut HashSet<String>,
) -> Result<Document, Failure> {
    let format = DOCUMENTS.of(path)?;
    let bytes = file(path, "the document")?;
    // The plugin makes of it what the service takes; two of the same name are not to get that far.
    let plain = path.file_stem().unwrap_or_default().to_string_lossy();
    let name = (1..).map(|n| if n == 1 { plain.to_string() } else { format!("{plain} ({n})") });
    let name = name.into_iter().find(|name| !names.contains(name)).unwrap_or_default();
    names.insert(name.clone());
    Ok(Document {
        name,
        format: Some(format.to_owned()),
        source: DocumentSource::Bytes(bytes),
        context: None,
        citations,
    })
}

fn media(path: &Path, formats: &Formats) -> Result<Media, Failure> {
    let format = formats.of(path)?;
    Ok(Media::bytes(format, file(path, &formats.what.replacen("a ", "the ", 1))?))
}

/// Formats that are known by a file's ending.
struct Formats {
    what: &'static str,
    known: &'static [&'static str],
    other_names: &'static [(&'static str, &'static str)],
}

impl Formats {
    fn of(&self, path: &Path) -> Result<&'static str, Failure> {
        let ending = path.extension().unwrap_or_default().to_string_lossy().to_ascii_lowercase();
        let known = self.known.iter().copied().find(|&known| known == ending);
        let other = || self.other_names.iter().find(|(other, _)| *other == ending);
        known.or_else(|| other().map(|(_, format)| *format)).ok_or_else(|| {
            let others = self.other_names.iter().map(|(other, _)| *other);
            let all: Vec<&str> = self.known.iter().copied().chain(others).collect();
            Failure::Usage(format!(
                "{} is not {} by its ending: {} are",
                path.display(),
                self.what,
                all.join(", ")
            ))
        })
    }
}

fn file(path: &Path, what: &str) -> Result<Vec<u8>, Failure> {
    let bytes = std::fs::read(path).map_err(|error| {
        Failure::Usage(format!("cannot read {what} {}: {error}", path.display()))
    })?;
    if bytes.is_empty() {
        return Err(Failure::Usage(format!("{what} {} is empty", path.display())));
    }
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_images_format_comes_from_its_bytes() {
        let cases: [(&[u8], Option<&str>); 8] = [
            (b"\x89PNG\r\n\x1a\n\0\0", Some("png")),
            (b"\xff\xd8\xff\xe0\0\x10JFIF", Some("jpeg")),
            (b"GIF87a\x01", Some("gif")),
            (b"GIF89a\x01", Some("gif")),
            (b"RIFF\x24\0\0\0WEBPVP8 ", Some("webp")),
            (b"RIFF\x24\0\0\0WAVEfmt ", None),
            (b"<svg xmlns=", None),
            (b"", None),
        ];
        for (bytes, format) in cases {
            assert_eq!(image_format(bytes), format, "{bytes:?}");
        }
    }

    #[test]
    fn other_formats_come_from_the_ending() {
        let document = |name: &str| DOCUMENTS.of(Path::new(name)).ok();
        assert_eq!(document("a/Report.PDF"), Some("pdf"));
        assert_eq!(document("page.htm"), Some("html"));
        assert_eq!(document("notes.markdown"), Some("md"));
        assert_eq!(document("README"), None);
        assert_eq!(document(".pdf"), None);
        assert_eq!(VIDEOS.of(Path::new("a.3gp")).ok(), Some("three_gp"));
    }
}
