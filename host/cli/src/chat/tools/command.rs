//! A command of the user's that runs tools.

use crate::failure::Failure;
use converse_host::ToolCall;
use std::io::{self, Read, Write as _};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::Duration;
use tokio::task::{JoinHandle, spawn_blocking};

/// Most bytes of a result: more is no answer to a model.
const MOST: u64 = 8 << 20;

/// What a run of the command left.
#[derive(Debug)]
pub(crate) enum Outcome {
    Ended { status: ExitStatus, stdout: String, stderr: String },
    TookTooLong,
    SaidTooMuch,
}

/// Runs the command for a call: its input on standard input, its name and id in the environment.
/// The command and all that it started are ended when this is dropped, or takes too long.
pub(crate) async fn run(
    command: &str,
    call: &ToolCall,
    limit: Duration,
) -> Result<Outcome, Failure> {
    let mut running = start(command, call)
        .map_err(|error| Failure::Other(format!("cannot run the tool command: {error}")))?;
    let input = call.input.as_str().to_owned();
    let stdin = running.child.stdin.take();
    // A command that does not read its input has no need of it.
    spawn_blocking(move || stdin.map(|mut stdin| stdin.write_all(input.as_bytes())));
    let stdout = read(running.child.stdout.take());
    let stderr = read(running.child.stderr.take());
    let ended = async {
        let (stdout, stderr) = (said(stdout).await?, said(stderr).await?);
        if stdout.len().max(stderr.len()) as u64 > MOST {
            return Ok(Outcome::SaidTooMuch);
        }
        let status = running.status().await?;
        let text = |bytes: Vec<u8>| String::from_utf8_lossy(&bytes).into_owned();
        Ok(Outcome::Ended { status, stdout: text(stdout), stderr: text(stderr) })
    };
    match tokio::time::timeout(limit, ended).await {
        Ok(outcome) => outcome.map_err(|error: io::Error| {
            Failure::Other(format!("cannot read from the tool command: {error}"))
        }),
        Err(_) => Ok(Outcome::TookTooLong),
    }
}

fn start(command: &str, call: &ToolCall) -> io::Result<Running> {
    let mut shell = shell(command);
    shell
        .env("CONVERSE_TOOL_NAME", without_nul(&call.name))
        .env("CONVERSE_TOOL_ID", without_nul(&call.id))
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    Ok(Running { child: shell.spawn()?, ended: false })
}

/// The environment takes no others, and these come from a model.
fn without_nul(text: &str) -> String {
    text.replace('\0', "")
}

#[cfg(unix)]
fn shell(command: &str) -> Command {
    use std::os::unix::process::CommandExt as _;
    let mut shell = Command::new("sh");
    // A group of its own, so that all of it can be ended.
    shell.args(["-c", command]).process_group(0);
    shell
}

#[cfg(windows)]
fn shell(command: &str) -> Command {
    use std::os::windows::process::CommandExt as _;
    let mut shell = Command::new("cmd");
    // As it is: cmd has rules of its own for quotation marks.
    shell.arg("/C").raw_arg(command);
    shell
}

fn read(pipe: Option<impl Read + Send + 'static>) -> JoinHandle<io::Result<Vec<u8>>> {
    spawn_blocking(move || {
        let mut bytes = Vec::new();
        if let Some(pipe) = pipe {
            pipe.take(MOST + 1).read_to_end(&mut bytes)?;
        }
        Ok(bytes)
    })
}

async fn said(reading: JoinHandle<io::Result<Vec<u8>>>) -> io::Result<Vec<u8>> {
    reading.await.map_err(io::Error::other)?
}

/// Ends the command, and what it started, when it is dropped before its end.
struct Running {
    child: Child,
    ended: bool,
}

impl Running {
    /// Waits for the end, which is near: the command has closed its output.
    async fn status(&mut self) -> io::Result<ExitStatus> {
        loop {
            if let Some(status) = self.child.try_wait()? {
                self.ended = true;
                return Ok(status);
            }
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        if !self.ended {
            end(&mut self.child);
            let _ = self.child.wait();
        }
    }
}

#[cfg(unix)]
fn end(child: &mut Child) {
    use rustix::process::{Pid, Signal, kill_process_group};
    let group = i32::try_from(child.id()).ok().and_then(Pid::from_raw);
    let ended = group.is_some_and(|group| kill_process_group(group, Signal::KILL).is_ok());
    if !ended {
        let _ = child.kill();
    }
}

#[cfg(not(unix))]
fn end(child: &mut Child) {
    let _ = child.kill();
}
