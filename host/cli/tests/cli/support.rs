//! A home, a local Bedrock, and the program.

use bedrock_sim::{Builder, Request, Sim, Stats};
use std::io::{Read, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};
use tempfile::TempDir;
use tokio::runtime::Runtime;

/// Nothing here takes long; what does has gone wrong.
pub const PATIENCE: Duration = Duration::from_secs(60);

/// What is the same in most tests: a local Bedrock, and an environment that leads to it.
pub struct World {
    home: TempDir,
    pub sim: Sim,
    runtime: Runtime,
}

impl World {
    pub fn new() -> Self {
        Self::with(Sim::builder())
    }

    pub fn with(builder: Builder) -> Self {
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(1)
            .enable_all()
            .build()
            .unwrap();
        let sim = runtime.block_on(builder.start()).unwrap();
        Self { home: TempDir::new().unwrap(), sim, runtime }
    }

    /// The program, with the example key and the local Bedrock in its environment.
    pub fn converse(&self, args: &[&str]) -> Converse {
        self.stranger(args)
            .env("AWS_ENDPOINT_URL_BEDROCK_RUNTIME", &self.sim.url())
            .env("AWS_ACCESS_KEY_ID", Builder::ACCESS_KEY_ID)
            .env("AWS_SECRET_ACCESS_KEY", Builder::SECRET_ACCESS_KEY)
    }

    /// The program, with nothing in its environment.
    pub fn stranger(&self, args: &[&str]) -> Converse {
        let mut command = Command::new(env!("CARGO_BIN_EXE_converse"));
        command.args(args);
        Converse::new(command, self.home.path())
    }

    /// Another program, such as one that runs ours, in the same environment.
    #[cfg(target_os = "linux")]
    pub fn program(&self, program: &str, args: &[&str]) -> Converse {
        let mut command = Command::new(program);
        command.args(args);
        Converse::new(command, self.home.path())
            .env("AWS_ENDPOINT_URL_BEDROCK_RUNTIME", &self.sim.url())
            .env("AWS_ACCESS_KEY_ID", Builder::ACCESS_KEY_ID)
            .env("AWS_SECRET_ACCESS_KEY", Builder::SECRET_ACCESS_KEY)
    }

    pub fn file(&self, name: &str, content: &[u8]) -> String {
        let path = self.home.path().join(name);
        std::fs::write(&path, content).unwrap();
        path.to_str().unwrap().to_owned()
    }

    /// Where a file would be.
    pub fn path(&self, name: &str) -> String {
        self.home.path().join(name).to_str().unwrap().to_owned()
    }

    pub fn last_request(&self) -> Request {
        self.sim.last_request().expect("no request has come")
    }

    pub fn wait_until(&self, condition: impl FnMut(&Stats) -> bool) -> Stats {
        self.runtime.block_on(self.sim.wait_until(condition, PATIENCE)).unwrap()
    }
}

/// The program before it is started.
pub struct Converse {
    command: Command,
    stdin: Vec<u8>,
}

impl Converse {
    fn new(mut command: Command, home: &Path) -> Self {
        command
            .env_clear()
            .env("HOME", home)
            // Compiled plugins are shared by all tests; nothing else is.
            .env("XDG_CACHE_HOME", compiled_plugins())
            .current_dir(home);
        Self { command, stdin: Vec::new() }
    }

    pub fn env(mut self, name: &str, value: &str) -> Self {
        self.command.env(name, value);
        self
    }

    pub fn stdin(mut self, text: impl Into<Vec<u8>>) -> Self {
        self.stdin = text.into();
        self
    }

    /// Runs it to its end.
    pub fn run(self) -> Output {
        let text = self.stdin.clone();
        let mut running = self.start();
        // A program that ends early does not read all of it.
        let _ = running.stdin().write_all(&text);
        running.close_stdin();
        running.wait()
    }

    /// Starts it. Standard input stays open.
    pub fn start(mut self) -> Running {
        let mut child = self
            .command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        Running {
            stdin: child.stdin.take(),
            stdout: Stream::read(child.stdout.take().unwrap()),
            stderr: Stream::read(child.stderr.take().unwrap()),
            child,
        }
    }

    /// Starts it with a standard output that the test reads itself.
    #[cfg(unix)]
    pub fn start_with_own_stdout(mut self) -> (Running, std::process::ChildStdout) {
        let mut child = self
            .command
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let stdout = child.stdout.take().unwrap();
        let running = Running {
            stdin: None,
            stdout: Stream::read(std::io::empty()),
            stderr: Stream::read(child.stderr.take().unwrap()),
            child,
        };
        (running, stdout)
    }
}

/// Waits until it is so.
#[cfg(unix)]
pub fn until(condition: impl Fn() -> bool) {
    let deadline = Instant::now() + PATIENCE;
    while !condition() {
        assert!(Instant::now() < deadline, "it does not come to be");
        std::thread::sleep(Duration::from_millis(5));
    }
}

fn compiled_plugins() -> PathBuf {
    Path::new(env!("CARGO_TARGET_TMPDIR")).join("converse-cache")
}

/// The program while it runs. It is killed when this is dropped.
pub struct Running {
    child: Child,
    stdin: Option<ChildStdin>,
    stdout: Stream,
    stderr: Stream,
}

impl Running {
    pub fn stdin(&mut self) -> &mut ChildStdin {
        self.stdin.as_mut().unwrap()
    }

    pub fn close_stdin(&mut self) {
        self.stdin = None;
    }

    #[cfg(unix)]
    pub fn signal(&self, name: &str) {
        let kill = format!("kill -{name} {}", self.child.id());
        assert!(Command::new("sh").args(["-c", &kill]).status().unwrap().success());
    }

    /// Waits until standard output has this, and gives all of it so far.
    pub fn until_stdout_has(&mut self, text: &str) -> String {
        self.stdout.until_has(text)
    }

    pub fn until_stderr_has(&mut self, text: &str) -> String {
        self.stderr.until_has(text)
    }

    pub fn wait(mut self) -> Output {
        let deadline = Instant::now() + PATIENCE;
        let status = loop {
            if let Some(status) = self.child.try_wait().unwrap() {
                break status;
            }
            if Instant::now() > deadline {
                let (stdout, stderr) = (self.stdout.so_far(), self.stderr.so_far());
                panic!("it does not end; stdout:\n{stdout}\nstderr:\n{stderr}");
            }
            std::thread::sleep(Duration::from_millis(5));
        };
        Output { stdout: self.stdout.all(), stderr: self.stderr.all(), code: status.code() }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// What was written to one of its streams.
struct Stream {
    read: Arc<Mutex<Vec<u8>>>,
    reader: Option<JoinHandle<()>>,
}

impl Stream {
    fn read(mut from: impl Read + Send + 'static) -> Self {
        let read = Arc::new(Mutex::new(Vec::new()));
        let into = Arc::clone(&read);
        let reader = std::thread::spawn(move || {
            let mut buffer = [0; 4096];
            while let Ok(length @ 1..) = from.read(&mut buffer) {
                into.lock().unwrap().extend_from_slice(&buffer[..length]);
            }
        });
        Self { read, reader: Some(reader) }
    }

    fn so_far(&self) -> String {
        String::from_utf8_lossy(&self.read.lock().unwrap()).into_owned()
    }

    fn until_has(&self, text: &str) -> String {
        let deadline = Instant::now() + PATIENCE;
        loop {
            let read = self.so_far();
            if read.contains(text) {
                return read;
            }
            assert!(Instant::now() < deadline, "no {text:?} in:\n{read}");
            std::thread::sleep(Duration::from_millis(5));
        }
    }

    fn all(&mut self) -> String {
        self.reader.take().unwrap().join().unwrap();
        self.so_far()
    }
}

/// What the program left.
#[derive(Debug)]
pub struct Output {
    pub stdout: String,
    pub stderr: String,
    pub code: Option<i32>,
}

impl Output {
    /// It worked, and said nothing but this.
    #[track_caller]
    pub fn says(&self, text: &str) {
        assert_eq!((self.stdout.as_str(), self.stderr.as_str(), self.code), (text, "", Some(0)));
    }

    /// It ended with this code, and standard error has all of these.
    #[track_caller]
    pub fn fails(&self, code: i32, complaints: &[&str]) {
        assert_eq!(self.code, Some(code), "{self:#?}");
        for complaint in complaints {
            assert!(self.stderr.contains(complaint), "no {complaint:?} in {self:#?}");
        }
    }

    /// Standard output as lines of JSON.
    #[track_caller]
    pub fn events(&self) -> Vec<serde_json::Value> {
        let parse = |line| serde_json::from_str(line).unwrap_or_else(|e| panic!("{e}: {line}"));
        self.stdout.lines().map(parse).collect()
    }

    #[track_caller]
    pub fn shows_none_of(&self, secrets: &[&str]) {
        for secret in secrets {
            let shown = self.stdout.contains(secret) || self.stderr.contains(secret);
            assert!(!shown, "{secret:?} is shown in {self:#?}");
        }
    }
}

/// The smallest png: one pixel.
pub const PNG: &[u8] =
    b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\x01\0\0\0\x01\x08\x06\0\0\0\x1f\x15\xc4\x89\
\0\0\0\nIDATx\x9cc\0\x01\0\0\x05\0\x01\r\n-\xb4\0\0\0\0IEND\xaeB`\x82";
