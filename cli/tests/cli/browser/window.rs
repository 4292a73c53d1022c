//! A page in a real browser, and what the browser says about it.

use super::protocol::Browser;
use data_encoding::BASE64;
use serde_json::{Value, json};
use std::cell::{RefCell, RefMut};
use std::path::{Path, PathBuf};

/// The names under which systems install Chromium.
const NAMES: [&str; 4] = [
    "chromium",
    "chromium-browser",
    "google-chrome",
    "google-chrome-stable",
];

/// The browser of this machine, where it has one.
pub(crate) fn installed() -> Option<PathBuf> {
    let path = std::env::var_os("PATH")?;
    let folders: Vec<PathBuf> = std::env::split_paths(&path).collect();
    let mut places = NAMES
        .iter()
        .flat_map(|name| folders.iter().map(move |folder| folder.join(name)));
    places.find(|path| path.is_file())
}

/// What happened since the page was asked for.
#[derive(Debug, Default)]
pub(crate) struct Seen {
    /// The addresses that it asked for, its own too.
    pub(crate) requests: Vec<String>,
    /// Errors, warnings and exceptions.
    pub(crate) complaints: Vec<String>,
}

impl Seen {
    fn take(&mut self, event: &Value) {
        let params = &event["params"];
        let complaint = match event["method"].as_str() {
            Some("Network.requestWillBeSent") => {
                let url = params["request"]["url"].as_str();
                return self.requests.push(url.unwrap_or_default().to_owned());
            }
            Some("Log.entryAdded") => {
                format!("{}: {}", params["entry"]["level"], params["entry"]["text"])
            }
            Some("Runtime.consoleAPICalled") => format!("{}: {}", params["type"], params["args"]),
            Some("Runtime.exceptionThrown") => {
                format!("exception: {}", params["exceptionDetails"])
            }
            _ => return,
        };
        self.complaints.push(complaint);
    }
}

/// A page that is open.
pub(crate) struct Window<'a> {
    browser: &'a Browser,
    session: String,
    seen: RefCell<Seen>,
    /// In pixels, as the page counts them.
    pub(crate) width: u32,
}

impl<'a> Window<'a> {
    /// Opens a file in a window of this width.
    pub(crate) fn open(browser: &'a Browser, file: &Path, width: u32) -> Self {
        let blank = json!({ "url": "about:blank" });
        let target = browser.call(None, "Target.createTarget", blank)["targetId"].take();
        let attach = json!({ "targetId": target, "flatten": true });
        let attached = browser.call(None, "Target.attachToTarget", attach);
        let session = attached["sessionId"].as_str().expect("a session");
        let window = Self {
            browser,
            session: session.to_owned(),
            seen: RefCell::default(),
            width,
        };
        for domain in ["Network", "Log", "Runtime", "Page"] {
            window.call(&format!("{domain}.enable"), json!({}));
        }
        window.resize(900);
        let address = format!("file://{}", file.display());
        window.call("Page.navigate", json!({ "url": address }));
        loop {
            let event = browser.next_event();
            let of_page = event["sessionId"] == session;
            window.take(&event);
            if of_page && event["method"] == "Page.loadEventFired" {
                return window;
            }
        }
    }

    /// Events of the windows before this one are nobody's.
    fn take(&self, event: &Value) {
        if event["sessionId"] == self.session {
            self.seen.borrow_mut().take(event);
        }
    }

    fn call(&self, method: &str, params: Value) -> Value {
        self.browser.call(Some(&self.session), method, params)
    }

    fn resize(&self, height: u32) {
        self.set_size(self.width, height);
    }

    fn set_size(&self, width: u32, height: u32) {
        let size =
            json!({ "width": width, "height": height, "deviceScaleFactor": 1, "mobile": false });
        self.call("Emulation.setDeviceMetricsOverride", size);
    }

    /// What happened so far: events come before the answer to whatever is asked after them.
    pub(crate) fn seen(&self) -> RefMut<'_, Seen> {
        self.eval("0");
        for event in self.browser.events() {
            self.take(&event);
        }
        self.seen.borrow_mut()
    }

    /// The value of an expression in the page.
    pub(crate) fn eval(&self, expression: &str) -> Value {
        let ask = json!({ "expression": expression, "returnByValue": true });
        let mut found = self.call("Runtime.evaluate", ask);
        let exception = &found["exceptionDetails"];
        assert!(exception.is_null(), "{expression}: {exception}");
        found["result"]["value"].take()
    }

    /// The value of an expression in a window of another width.
    pub(crate) fn eval_at(&self, width: u32, expression: &str) -> Value {
        self.set_size(width, 900);
        let value = self.eval(expression);
        self.resize(900);
        value
    }

    pub(crate) fn text(&self, expression: &str) -> String {
        let value = self.eval(expression);
        let text = value.as_str();
        text.unwrap_or_else(|| panic!("{expression} is {value}"))
            .to_owned()
    }

    pub(crate) fn number(&self, expression: &str) -> f64 {
        let value = self.eval(expression);
        value
            .as_f64()
            .unwrap_or_else(|| panic!("{expression} is {value}"))
    }

    pub(crate) fn is(&self, expression: &str) -> bool {
        self.eval(expression) == Value::Bool(true)
    }

    /// The middle of an element, which is brought into view.
    fn middle(&self, element: &str) -> [f64; 2] {
        let sides = self.eval(&format!(
            "(() => {{
                const element = {element};
                element.scrollIntoView({{ block: 'center', behavior: 'instant' }});
                return element.getBoundingClientRect().toJSON();
            }})()"
        ));
        let side = |of: &str| sides[of].as_f64().expect("a number");
        [
            side("left") + side("width") / 2.0,
            side("top") + side("height") / 2.0,
        ]
    }

    fn mouse(&self, kind: &str, [x, y]: [f64; 2], button: &str) {
        let event = json!({ "type": kind, "x": x, "y": y, "button": button, "clickCount": 1 });
        self.call("Input.dispatchMouseEvent", event);
    }

    pub(crate) fn click(&self, element: &str) {
        let point = self.middle(element);
        self.mouse("mouseMoved", point, "none");
        self.mouse("mousePressed", point, "left");
        self.mouse("mouseReleased", point, "left");
    }

    pub(crate) fn point_at(&self, element: &str) {
        let point = self.middle(element);
        self.mouse("mouseMoved", point, "none");
    }

    /// A key without a character, or Enter.
    pub(crate) fn key(&self, key: &str) {
        let code = match key {
            "Enter" => 13,
            "Escape" => 27,
            "End" => 35,
            "Home" => 36,
            "ArrowRight" => 39,
            other => panic!("no code for the key {other}"),
        };
        let event = |kind: &str| json!({ "type": kind, "key": key, "code": key, "windowsVirtualKeyCode": code });
        let mut down = event("keyDown");
        if key == "Enter" {
            down["text"] = "\r".into();
        }
        self.call("Input.dispatchKeyEvent", down);
        self.call("Input.dispatchKeyEvent", event("keyUp"));
    }

    pub(crate) fn write(&self, text: &str) {
        self.call("Input.insertText", json!({ "text": text }));
    }

    /// Shows the page as on this medium (`screen`, `print`), to people who prefer `light` or `dark`.
    pub(crate) fn show(&self, medium: &str, scheme: &str) {
        let features = json!([{ "name": "prefers-color-scheme", "value": scheme }]);
        let shown = json!({ "media": medium, "features": features });
        self.call("Emulation.setEmulatedMedia", shown);
    }

    pub(crate) fn pdf(&self) -> Vec<u8> {
        bytes(&self.call("Page.printToPDF", json!({})))
    }

    /// The whole page as a PNG.
    pub(crate) fn picture(&self) -> Vec<u8> {
        let height = self.number("document.documentElement.scrollHeight");
        self.resize(height as u32);
        let png = self.call("Page.captureScreenshot", json!({ "format": "png" }));
        self.resize(900);
        bytes(&png)
    }
}

/// A file as the protocol has it.
fn bytes(answer: &Value) -> Vec<u8> {
    let data = answer["data"].as_str().expect("a file");
    BASE64.decode(data.as_bytes()).expect("base64")
}
