//! The engine in which every message is really encrypted, by OpenMLS.
