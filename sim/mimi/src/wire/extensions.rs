//! `AppDataDictionary` (draft-ietf-mls-extensions, section 4.6) where MIMI's structs leave room for what is to come: by components, of
//! which none is defined yet.

use std::io::{Read, Write};
use throng_mls::app_data::ComponentId;
use tls_codec::{
    Deserialize, Error, Serialize, Size, TlsDeserialize, TlsSerialize, TlsSize, VLBytes,
};

/// `ComponentData`: what one component says.
#[derive(Debug, Clone, PartialEq, Eq, TlsSize, TlsSerialize, TlsDeserialize)]
pub struct ComponentData {
    /// Which component.
    pub component_id: ComponentId,
    /// `opaque data<V>`.
    pub data: VLBytes,
}

/// What components say, ascending, each once. Whoever knows none of them leaves them alone.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct AppDataDictionary(Vec<ComponentData>);

impl AppDataDictionary {
    /// What these components say, if they are ascending and each is there once.
    pub fn new(components: Vec<ComponentData>) -> Option<Self> {
        let ascending = |pair: &[ComponentData]| match pair {
            [one, other] => one.component_id < other.component_id,
            _ => true,
        };
        components
            .windows(2)
            .all(ascending)
            .then_some(Self(components))
    }

    /// What they say.
    pub fn components(&self) -> &[ComponentData] {
        &self.0
    }
}

impl Size for AppDataDictionary {
    fn tls_serialized_len(&self) -> usize {
        self.0.tls_serialized_len()
    }
}

impl Serialize for AppDataDictionary {
    fn tls_serialize<W: Write>(&self, writer: &mut W) -> Result<usize, Error> {
        self.0.tls_serialize(writer)
    }
}

impl Deserialize for AppDataDictionary {
    fn tls_deserialize<R: Read>(bytes: &mut R) -> Result<Self, Error> {
        let components = Vec::tls_deserialize(bytes)?;
        Self::new(components)
            .ok_or_else(|| Error::DecodingError("components that are not ascending".to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn components_are_ascending_and_each_is_there_once() {
        let says = |component_id| ComponentData {
            component_id,
            data: vec![7; 3].into(),
        };
        let dictionary = AppDataDictionary::new(vec![says(2), says(9)]).unwrap();
        let bytes = dictionary.tls_serialize_detached().unwrap();
        assert_eq!(bytes, [12, 0, 2, 3, 7, 7, 7, 0, 9, 3, 7, 7, 7]);
        assert_eq!(
            AppDataDictionary::tls_deserialize_exact(&bytes),
            Ok(dictionary)
        );
        for wrong in [vec![says(2), says(2)], vec![says(9), says(2)]] {
            assert_eq!(AppDataDictionary::new(wrong.clone()), None);
            let bytes = wrong.tls_serialize_detached().unwrap();
            assert!(AppDataDictionary::tls_deserialize_exact(&bytes).is_err());
        }
    }
}
