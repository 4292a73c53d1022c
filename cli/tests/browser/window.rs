//! A page in a real browser, and what the browser says about it. Each question takes a tenth of a second, so the checks
//! ask much at a time.

use headless_chrome::browser::tab::Tab;
use headless_chrome::browser::tab::point::Point;
use headless_chrome::protocol::cdp::types::{Event, Method};
use headless_chrome::protocol::cdp::{Emulation, Input, Log, Network, Page, Runtime};
use headless_chrome::{Browser, LaunchOptions};
use serde_json::Value;
use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard};

/// The names under which systems install Chromium.
const NAMES: [&str; 4] = [
    "chromium",
    "chromium-browser",
    "google-chrome",
    "google-chrome-stable",
];

/// Nothing but the page itself: browsers like to ask the network for news of their own.
const FLAGS: [&str; 4] = [
    "--disable-quic",
    "--disable-component-update",
    "--no-default-browser-check",
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
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

/// Starts the browser.
pub(crate) fn launch(path: PathBuf) -> Browser {
    let options = LaunchOptions {
        path: Some(path),
        // Containers and root have no sandbox, and the page is our own.
        sandbox: false,
        args: FLAGS.iter().map(OsStr::new).collect(),
        ..LaunchOptions::default()
    };
    Browser::new(options).expect("the browser starts")
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
    fn take(&mut self, event: &Event) {
        match event {
            Event::NetworkRequestWillBeSent(event) => {
                self.requests.push(event.params.request.url.clone());
            }
            Event::LogEntryAdded(event) => {
                let entry = &event.params.entry;
                self.complaints
                    .push(format!("{:?}: {}", entry.level, entry.text));
            }
            Event::RuntimeConsoleAPICalled(event) => {
                let said = event
                    .params
                    .args
                    .iter()
                    .map(|arg| format!("{:?}", arg.value));
                let said: Vec<String> = said.collect();
                self.complaints
                    .push(format!("{:?}: {}", event.params.Type, said.join(" ")));
            }
            Event::RuntimeExceptionThrown(event) => {
                let details = &event.params.exception_details;
                self.complaints.push(format!("exception: {details:?}"));
            }
            _ => {}
        }
    }
}

/// A page that is open.
pub(crate) struct Window {
    tab: Arc<Tab>,
    seen: Arc<Mutex<Seen>>,
    /// In pixels, as the page counts them.
    pub(crate) width: u32,
}

impl Window {
    /// Opens a file in a window of this width.
    pub(crate) fn open(browser: &Browser, file: &Path, width: u32) -> Self {
        let tab = browser.new_tab().expect("a tab");
        let seen = Arc::new(Mutex::new(Seen::default()));
        let window = Self {
            tab,
            seen: Arc::clone(&seen),
            width,
        };
        window.call(Network::Enable {
            max_total_buffer_size: None,
            max_resource_buffer_size: None,
            max_post_data_size: None,
            report_direct_socket_traffic: None,
            enable_durable_messages: None,
        });
        window.call(Log::Enable(None));
        window.call(Runtime::Enable(None));
        window.resize(900);
        let take = move |event: &Event| {
            if let Ok(mut seen) = seen.lock() {
                seen.take(event);
            }
        };
        let tab = &window.tab;
        tab.add_event_listener(Arc::new(take)).expect("listening");
        let address = format!("file://{}", file.display());
        tab.navigate_to(&address).expect("the page");
        tab.wait_until_navigated().expect("the page is there");
        window
    }

    fn call<M>(&self, method: M) -> M::ReturnObject
    where
        M: Method + serde::Serialize + std::fmt::Debug,
    {
        let called = self.tab.call_method(method);
        called.unwrap_or_else(|error| panic!("the browser refuses: {error}"))
    }

    fn resize(&self, height: u32) {
        self.set_size(self.width, height);
    }

    fn set_size(&self, width: u32, height: u32) {
        self.call(Emulation::SetDeviceMetricsOverride {
            width,
            height,
            device_scale_factor: 1.0,
            mobile: false,
            scale: None,
            screen_width: None,
            screen_height: None,
            position_x: None,
            position_y: None,
            dont_set_visible_size: None,
            screen_orientation: None,
            viewport: None,
            display_feature: None,
            device_posture: None,
        });
    }

    pub(crate) fn seen(&self) -> MutexGuard<'_, Seen> {
        self.seen.lock().expect("nobody panicked with it")
    }

    /// The value of an expression in the page.
    pub(crate) fn eval(&self, expression: &str) -> Value {
        let result = self.call(Runtime::Evaluate {
            expression: expression.to_owned(),
            return_by_value: Some(true),
            ..evaluation()
        });
        if let Some(exception) = result.exception_details {
            panic!("{expression}: {exception:?}");
        }
        result.result.value.unwrap_or_default()
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
    fn middle(&self, element: &str) -> Point {
        let sides = self.eval(&format!(
            "(() => {{
                const element = {element};
                element.scrollIntoView({{ block: 'center', behavior: 'instant' }});
                return element.getBoundingClientRect().toJSON();
            }})()"
        ));
        let side = |of: &str| sides[of].as_f64().expect("a number");
        Point {
            x: side("left") + side("width") / 2.0,
            y: side("top") + side("height") / 2.0,
        }
    }

    pub(crate) fn click(&self, element: &str) {
        let point = self.middle(element);
        self.tab.click_point(point).expect("clicked");
    }

    pub(crate) fn point_at(&self, element: &str) {
        let point = self.middle(element);
        self.tab.move_mouse_to_point(point).expect("moved");
    }

    pub(crate) fn key(&self, key: &str) {
        self.tab.press_key(key).expect("pressed");
    }

    pub(crate) fn write(&self, text: &str) {
        self.call(Input::InsertText {
            text: text.to_owned(),
        });
    }

    /// Shows the page as on this medium (`screen`, `print`), to people who prefer `light` or `dark`.
    pub(crate) fn show(&self, medium: &str, scheme: &str) {
        self.call(Emulation::SetEmulatedMedia {
            media: Some(medium.to_owned()),
            features: Some(vec![Emulation::MediaFeature {
                name: "prefers-color-scheme".to_owned(),
                value: scheme.to_owned(),
            }]),
        });
    }

    pub(crate) fn pdf(&self) -> Vec<u8> {
        self.tab.print_to_pdf(None).expect("printed")
    }

    /// The whole page as a PNG.
    pub(crate) fn picture(&self) -> Vec<u8> {
        let height = self.number("document.documentElement.scrollHeight");
        self.resize(height as u32);
        let png =
            self.tab
                .capture_screenshot(Page::CaptureScreenshotFormatOption::Png, None, None, true);
        self.resize(900);
        png.expect("a picture")
    }
}

/// What [`Runtime::Evaluate`] has by default.
fn evaluation() -> Runtime::Evaluate {
    Runtime::Evaluate {
        expression: String::new(),
        object_group: None,
        include_command_line_api: None,
        silent: None,
        context_id: None,
        return_by_value: None,
        generate_preview: None,
        user_gesture: None,
        await_promise: None,
        throw_on_side_effect: None,
        timeout: None,
        disable_breaks: None,
        repl_mode: None,
        allow_unsafe_eval_blocked_by_csp: None,
        unique_context_id: None,
        serialization_options: None,
    }
}
