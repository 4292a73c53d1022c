//! Why something failed as the record sees it, whatever the stack.

throng_stack::reasons! {
    pub static ALL;
    STILL_OPEN: GivenUp = "still-open-at-the-end", "still open at the end";
}
