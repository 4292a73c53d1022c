//! The browser's own protocol (Chrome DevTools Protocol): a process, and messages in JSON over a WebSocket on loopback.
//! A library with a type for each of its thousand messages takes longer to build than all of throng's tests to run.

use serde_json::{Value, json};
use std::cell::RefCell;
use std::io::{BufRead, BufReader};
use std::net::TcpStream;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc;
use std::time::Duration;
use tempfile::TempDir;
use tungstenite::{Message, WebSocket};

/// Nothing but the page itself: browsers like to ask the network for news of their own.
const FLAGS: [&str; 15] = [
    "--headless",
    // Containers and root have no sandbox, and the page is our own.
    "--no-sandbox",
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--disable-quic",
    "--disable-sync",
    "--disable-extensions",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-default-apps",
    "--no-first-run",
    "--no-default-browser-check",
    "--hide-scrollbars",
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
    "--remote-debugging-port=0",
];

/// What the browser says once it listens, before its address.
const LISTENS: &str = "DevTools listening on ";

/// An answer that takes longer never comes.
const PATIENCE: Duration = Duration::from_secs(60);

/// A browser that runs until this is dropped.
pub(crate) struct Browser {
    line: RefCell<Line>,
    _process: Running,
    /// Its profile, which goes after it.
    _profile: TempDir,
}

/// A process that ends when this is dropped.
struct Running(Child);

/// The connection to it.
struct Line {
    socket: WebSocket<TcpStream>,
    calls: u64,
    /// Events that came while an answer was waited for.
    events: Vec<Value>,
}

impl Browser {
    /// Starts it.
    pub(crate) fn launch(path: &Path) -> Self {
        let profile = tempfile::tempdir().expect("a folder");
        let mut process = Command::new(path)
            .args(FLAGS)
            .arg(format!("--user-data-dir={}", profile.path().display()))
            .arg("about:blank")
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .expect("the browser starts");
        let output = BufReader::new(process.stderr.take().expect("its words")).lines();
        let process = Running(process);
        let (found, address) = mpsc::channel();
        // What it says later has to go somewhere, or it would wait for a reader.
        std::thread::spawn(move || {
            for line in output.map_while(Result::ok) {
                if let Some(address) = line.strip_prefix(LISTENS) {
                    // Nobody may wait any more.
                    let _ = found.send(address.to_owned());
                }
            }
        });
        let address = address.recv_timeout(PATIENCE).expect("the browser listens");
        let place = address.strip_prefix("ws://").expect("an address");
        let (place, _) = place.split_once('/').expect("an address");
        let stream = TcpStream::connect(place).expect("connected");
        stream.set_read_timeout(Some(PATIENCE)).expect("a socket");
        let (socket, _) = tungstenite::client(address.as_str(), stream).expect("it talks");
        let line = Line {
            socket,
            calls: 0,
            events: Vec::new(),
        };
        Self {
            line: RefCell::new(line),
            _process: process,
            _profile: profile,
        }
    }

    /// Asks something of a page (its session), or of the browser itself.
    pub(crate) fn call(&self, session: Option<&str>, method: &str, params: Value) -> Value {
        let mut line = self.line.borrow_mut();
        line.calls += 1;
        let id = line.calls;
        let mut message = json!({ "id": id, "method": method, "params": params });
        if let Some(session) = session {
            message["sessionId"] = session.into();
        }
        let sent = line.socket.send(Message::text(message.to_string()));
        sent.expect("sent");
        loop {
            let mut message = line.receive();
            if message["id"] != id {
                line.events.push(message);
                continue;
            }
            assert!(message["error"].is_null(), "{method}: {}", message["error"]);
            return message["result"].take();
        }
    }

    /// The events that came and nobody took, oldest first.
    pub(crate) fn events(&self) -> Vec<Value> {
        std::mem::take(&mut self.line.borrow_mut().events)
    }

    /// The next event.
    pub(crate) fn next_event(&self) -> Value {
        let mut line = self.line.borrow_mut();
        match line.events.is_empty() {
            true => line.receive(),
            false => line.events.remove(0),
        }
    }
}

impl Line {
    fn receive(&mut self) -> Value {
        loop {
            let message = self.socket.read().expect("the browser answers");
            if let Message::Text(text) = message {
                return serde_json::from_str(&text).expect("JSON");
            }
        }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // It may have gone by itself.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}
