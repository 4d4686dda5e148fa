//! Images of answers, written to files.

use super::answer::Finished;
use crate::failure::Failure;
use converse_host::{ContentBlock, Media, MediaSource};
use std::fs::File;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

/// A folder that images go to.
#[derive(Debug)]
pub(crate) struct SavedImages {
    folder: PathBuf,
    next: u32,
}

impl SavedImages {
    /// Makes the folder if there is none.
    pub(crate) fn new(folder: &Path) -> Result<Self, Failure> {
        std::fs::create_dir_all(folder).map_err(|error| {
            Failure::Usage(format!("cannot make the folder {}: {error}", folder.display()))
        })?;
        Ok(Self { folder: folder.to_owned(), next: 1 })
    }

    /// Writes the images of a block that are there as bytes; returns their files.
    pub(crate) fn save(&mut self, finished: &Finished) -> Result<Vec<PathBuf>, Failure> {
        let mut files = Vec::new();
        for block in &finished.blocks {
            if let ContentBlock::Image(Media { format, source: MediaSource::Bytes(bytes) }) = block
            {
                let saved = self.write(format, bytes).map_err(|error| {
                    let folder = self.folder.display();
                    Failure::Other(format!("cannot write an image to {folder}: {error}"))
                })?;
                files.push(saved);
            }
        }
        Ok(files)
    }

    /// Overwrites nothing.
    fn write(&mut self, format: &str, bytes: &[u8]) -> io::Result<PathBuf> {
        loop {
            let path = self.folder.join(format!("image-{}.{}", self.next, ending(format)));
            self.next += 1;
            match File::create_new(&path) {
                Ok(mut file) => {
                    file.write_all(bytes)?;
                    return Ok(path);
                }
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
                Err(error) => return Err(error),
            }
        }
    }
}

/// A format comes from the service and must not lead out of the folder.
fn ending(format: &str) -> &str {
    let harmless =
        (1..=8).contains(&format.len()) && format.bytes().all(|b| b.is_ascii_alphanumeric());
    if harmless { format } else { "bin" }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_format_is_no_path() {
        assert_eq!(ending("png"), "png");
        for harmful in ["", "../x", "a/b", "png.exe", "toolongaformat"] {
            assert_eq!(ending(harmful), "bin");
        }
    }
}
