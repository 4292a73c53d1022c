//! How a part of the summary is written down: once.

/// A part of the summary from one list of its figures: what each is called in files, its type, where it comes from, and, behind
/// that, the measure that it is: `one` or a `spread` (or one of the `simulator`), its name behind that of the part, its unit, which
/// way is better, and what it says.
///
/// The list makes the struct, its constructor `of`, and `MEASURES`, the families of its measures.
macro_rules! part {
    (
        $(#[$about:meta])*
        $part:ident of ($($given:ident: $type:ty),+), $path:literal, $stem:literal {
            $(
                $(#[$note:meta])*
                $field:ident: $kind:ty = $value:expr
                $(, $shape:ident $name:literal $([$below:literal])? $unit:ident $better:ident $says:literal)?;
            )+
        }
    ) => {
        $(#[$about])*
        #[derive(Debug, Clone, PartialEq, serde::Serialize, serde::Deserialize, schemars::JsonSchema)]
        pub struct $part {
            $(
                $(#[$note])*
                $(#[doc = $says])?
                pub $field: $kind,
            )+
        }

        impl $part {
            pub(super) fn of($($given: $type),+) -> Self {
                Self { $($field: $value,)+ }
            }

            /// Its measures.
            pub(crate) const MEASURES: &'static [$crate::families::Family] = &[
                $($(
                    $crate::families::$shape(
                        concat!($stem, $name),
                        concat!($path, "/", stringify!($field), $($below)?),
                        $crate::families::Unit::$unit,
                        $crate::families::Better::$better,
                        $says,
                    ),
                )?)+
            ];
        }
    };
}
pub(super) use part;
