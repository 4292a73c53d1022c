//! What both engines have to do alike.

/// Tests of these names, in `openmls` and in `model`: each plays the function of its name on that engine.
macro_rules! on_both_engines {
    ($($story:ident),*) => {
        mod openmls {
            $(#[test] fn $story() { super::$story::<super::OpenMlsEngine>(); })*
        }
        mod model {
            $(#[test] fn $story() { super::$story::<super::ModelEngine>(); })*
        }
    };
}

pub(crate) use on_both_engines;
