//! JUnit XML, as CI systems read it.

use crate::units;
use quick_junit::{NonSuccessKind, Report, TestCase, TestCaseStatus, TestSuite};
use throng_workloads::visible::visible;

/// A test case for each rule, with what breaks it.
pub(crate) fn xml(suite: &str, cases: impl Iterator<Item = (String, Vec<String>)>) -> String {
    let mut report = Report::new("throng");
    let mut tests = TestSuite::new(suite);
    for (rule, broken) in cases {
        let status = match broken.is_empty() {
            true => TestCaseStatus::success(),
            false => {
                let mut status = TestCaseStatus::non_success(NonSuccessKind::Failure);
                status.set_message(units::counted(broken.len() as u64, "breaks it", "break it"));
                let broken: Vec<_> = broken.iter().map(|one| visible(one)).collect();
                status.set_description(broken.join("\n"));
                status
            }
        };
        tests.add_test_case(TestCase::new(&*visible(&rule), status));
    }
    report.add_test_suite(tests);
    // Names and texts are strings of characters that XML can hold; the library leaves out any others without a word.
    report.to_string().unwrap_or_default()
}
