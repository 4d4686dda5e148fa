//! The server both clients speak to: as little HTTP as it takes, from memory, in a process of its own.

use bedrock_sim::Script;
use std::io::{BufRead as _, BufReader, Write as _};
use std::process::{Child, ChildStdout, Command, Stdio};
use std::sync::Arc;
use std::time::Duration;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};

/// How answers leave: one port for each way.
const WAYS: [Way; 4] = [Way::Paced, Way::Whole, Way::Long, Way::Open];

#[derive(Clone, Copy, PartialEq)]
enum Way {
    /// The short stream, a frame a chunk, a millisecond between them: each wakes the client.
    Paced,
    /// The short stream in one chunk.
    Whole,
    /// The long stream, a frame a chunk, as fast as it goes.
    Long,
    /// The first frames of the short stream, and then nothing.
    Open,
}

pub fn short_stream() -> Script {
    let words = (0..29).map(|i| format!("word {i} "));
    Script::assistant().text(words).stop("end_turn").usage(10, 29)
}

pub fn long_stream() -> Script {
    let words = (0..2_900).map(|i| format!("word {i} "));
    Script::assistant().text(words).stop("end_turn").usage(10, 2_900)
}

/// The server as its clients' process sees it. Stops when it is dropped.
pub struct Server {
    process: Child,
    urls: Vec<String>,
}

impl Server {
    pub fn start() -> Self {
        let itself = std::env::current_exe().expect("the path of this program");
        let mut process = Command::new(itself)
            .arg("--server")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("the server");
        let mut lines = BufReader::new(process.stdout.take().expect("its output"));
        let urls = WAYS.map(|_| read_line(&mut lines)).to_vec();
        Self { process, urls }
    }

    pub fn paced(&self) -> String {
        self.urls[0].clone()
    }

    pub fn whole(&self) -> String {
        self.urls[1].clone()
    }

    pub fn long(&self) -> String {
        self.urls[2].clone()
    }

    pub fn open(&self) -> String {
        self.urls[3].clone()
    }
}

fn read_line(lines: &mut BufReader<ChildStdout>) -> String {
    let mut line = String::new();
    lines.read_line(&mut line).expect("the server's address");
    line.trim().to_owned()
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// The server's own process. Ends with the one that started it, whose pipe then closes.
pub fn run() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    runtime.expect("a runtime").block_on(async {
        for way in WAYS {
            let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
            println!("http://{}", listener.local_addr().expect("its address"));
            let _ = std::io::stdout().flush();
            tokio::spawn(accept(listener, way));
        }
        let mut parent = tokio::io::stdin();
        let _ = parent.read(&mut [0]).await;
    });
}

async fn accept(listener: TcpListener, way: Way) {
    let script = if way == Way::Long { long_stream() } else { short_stream() };
    let chunks = Arc::new(match way {
        Way::Whole => vec![chunk(&script.encode())],
        Way::Open => script.frames()[..3].iter().map(|frame| chunk(frame)).collect(),
        Way::Paced | Way::Long => script.frames().iter().map(|frame| chunk(frame)).collect(),
    });
    while let Ok((connection, _)) = listener.accept().await {
        let chunks = Arc::clone(&chunks);
        tokio::spawn(async move {
            let _ = serve(connection, way, &chunks).await;
        });
    }
}

fn chunk(bytes: &[u8]) -> Vec<u8> {
    [format!("{:x}\r\n", bytes.len()).as_bytes(), bytes, b"\r\n"].concat()
}

const HEAD: &[u8] = b"HTTP/1.1 200 OK\r\ncontent-type: application/vnd.amazon.eventstream\r\n\
    x-amzn-requestid: 00000000-0000-0000-0000-000000000000\r\ntransfer-encoding: chunked\r\n\r\n";

async fn serve(mut connection: TcpStream, way: Way, chunks: &[Vec<u8>]) -> std::io::Result<()> {
    connection.set_nodelay(true)?;
    let mut buffer = Vec::new();
    loop {
        read_request(&mut connection, &mut buffer).await?;
        match way {
            Way::Paced => {
                connection.write_all(HEAD).await?;
                for chunk in chunks {
                    tokio::time::sleep(Duration::from_millis(1)).await;
                    connection.write_all(chunk).await?;
                }
            }
            Way::Whole | Way::Long => {
                connection.write_all(HEAD).await?;
                connection.write_all(&chunks.concat()).await?;
            }
            Way::Open => {
                connection.write_all(&[HEAD, &chunks.concat()].concat()).await?;
                std::future::pending::<()>().await;
            }
        }
        connection.write_all(b"0\r\n\r\n").await?;
    }
}

/// Reads a request to its end and forgets it.
async fn read_request(connection: &mut TcpStream, buffer: &mut Vec<u8>) -> std::io::Result<()> {
    loop {
        if let Some(head) = buffer.windows(4).position(|bytes| bytes == b"\r\n\r\n") {
            let length = content_length(&buffer[..head]);
            if buffer.len() >= head + 4 + length {
                buffer.drain(..head + 4 + length);
                return Ok(());
            }
        }
        if connection.read_buf(buffer).await? == 0 {
            return Err(std::io::ErrorKind::UnexpectedEof.into());
        }
    }
}

fn content_length(head: &[u8]) -> usize {
    let head = String::from_utf8_lossy(head).to_ascii_lowercase();
    let value = head.lines().find_map(|line| line.strip_prefix("content-length:"));
    value.and_then(|value| value.trim().parse().ok()).unwrap_or(0)
}
