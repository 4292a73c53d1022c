//! `POST /identifierQuery/{domain}`: which users of a provider somebody means by what is known of them (draft-ietf-mimi-protocol-06, "Find
//! internal address").
//!
//! The draft writes the `fieldName` of a profile as `string`, which the TLS presentation language does not have; here it is text in UTF-8
//! with its length in front, as all other text is.

use super::extensions::AppDataDictionary;
use super::identity::IdentifierUri;
use std::io::{Read, Write};
use tls_codec::{
    Deserialize, Error, Serialize, Size, TlsDeserialize, TlsSerialize, TlsSize, VLBytes,
};

/// What is known of somebody. A user is meant of whom all of it holds.
#[derive(Debug, Clone, PartialEq, Eq, TlsSize, TlsSerialize, TlsDeserialize)]
pub struct IdentifierRequest {
    /// What has to hold.
    pub query_elements: Vec<QueryElement>,
    /// What else there is.
    pub id_request_extensions: AppDataDictionary,
}

impl IdentifierRequest {
    /// Asks for the user with this handle and nothing else.
    pub fn by_handle(handle: &str) -> Self {
        Self {
            query_elements: vec![QueryElement {
                search: SearchIdentifier::Handle,
                search_value: handle.as_bytes().into(),
            }],
            id_request_extensions: AppDataDictionary::default(),
        }
    }
}

/// One thing that is known of somebody.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct QueryElement {
    /// In which field it is looked for.
    pub search: SearchIdentifier,
    /// What is looked for there, in UTF-8.
    pub search_value: VLBytes,
}

/// `SearchIdentifierType`, with the name that two of them have.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SearchIdentifier {
    /// The whole handle, as a URI.
    Handle,
    /// A nickname, or what is before the `@` of a handle.
    Nick,
    /// An address of electronic mail.
    Email,
    /// A telephone number, with its `+`.
    Phone,
    /// A part of a name, in whatever case.
    PartialName,
    /// A part of whatever is said of a user.
    WholeProfile,
    /// A claim of OpenID Connect, of this name.
    OidcStdClaim(VLBytes),
    /// A property of a vCard, of this name.
    VcardField(VLBytes),
}

impl SearchIdentifier {
    fn code(&self) -> u8 {
        match self {
            Self::Handle => 1,
            Self::Nick => 2,
            Self::Email => 3,
            Self::Phone => 4,
            Self::PartialName => 5,
            Self::WholeProfile => 6,
            Self::OidcStdClaim(_) => 7,
            Self::VcardField(_) => 8,
        }
    }

    fn name(&self) -> Option<&VLBytes> {
        match self {
            Self::OidcStdClaim(name) | Self::VcardField(name) => Some(name),
            _ => None,
        }
    }
}

impl Size for QueryElement {
    fn tls_serialized_len(&self) -> usize {
        let name = self.search.name();
        1 + name.map_or(0, Size::tls_serialized_len) + self.search_value.tls_serialized_len()
    }
}

impl Serialize for QueryElement {
    fn tls_serialize<W: Write>(&self, writer: &mut W) -> Result<usize, Error> {
        let mut written = self.search.code().tls_serialize(writer)?;
        if let Some(name) = self.search.name() {
            written += name.tls_serialize(writer)?;
        }
        Ok(written + self.search_value.tls_serialize(writer)?)
    }
}

impl Deserialize for QueryElement {
    fn tls_deserialize<R: Read>(bytes: &mut R) -> Result<Self, Error> {
        let search = match u8::tls_deserialize(bytes)? {
            1 => SearchIdentifier::Handle,
            2 => SearchIdentifier::Nick,
            3 => SearchIdentifier::Email,
            4 => SearchIdentifier::Phone,
            5 => SearchIdentifier::PartialName,
            6 => SearchIdentifier::WholeProfile,
            7 => SearchIdentifier::OidcStdClaim(VLBytes::tls_deserialize(bytes)?),
            8 => SearchIdentifier::VcardField(VLBytes::tls_deserialize(bytes)?),
            // What follows such a one nobody knows.
            code => return Err(Error::UnknownValue(code.into())),
        };
        Ok(Self {
            search,
            search_value: VLBytes::tls_deserialize(bytes)?,
        })
    }
}

/// What came of a query.
#[derive(Debug, Clone, Copy, PartialEq, Eq, TlsSize, TlsSerialize, TlsDeserialize)]
#[repr(u8)]
pub enum IdentifierQueryCode {
    /// Somebody is meant.
    Success = 0,
    /// Nobody is.
    NotFound = 1,
    /// Of what is asked for something has to match as a whole before anybody is named.
    Ambiguous = 2,
    /// Nobody is named to who asks, or by what is asked.
    Forbidden = 3,
    /// A field is asked for by which nobody is looked for here.
    UnsupportedField = 4,
}

/// Who is meant.
#[derive(Debug, Clone, PartialEq, Eq, TlsSize, TlsSerialize, TlsDeserialize)]
pub struct IdentifierResponse {
    /// What came of it.
    pub response_code: IdentifierQueryCode,
    /// Those who are meant.
    pub uri: Vec<IdentifierUri>,
    /// What may be said of them.
    pub found_profiles: Vec<UserProfile>,
    /// What else there is.
    pub id_response_extensions: AppDataDictionary,
}

impl IdentifierResponse {
    /// Names nobody, for this reason.
    pub fn nobody(response_code: IdentifierQueryCode) -> Self {
        Self {
            response_code,
            uri: Vec::new(),
            found_profiles: Vec::new(),
            id_response_extensions: AppDataDictionary::default(),
        }
    }

    /// Names these users, of whom nothing else is said.
    pub fn found(uri: Vec<IdentifierUri>) -> Self {
        let profile = |uri: &IdentifierUri| UserProfile {
            stable_uri: uri.clone(),
            fields: Vec::new(),
        };
        Self {
            found_profiles: uri.iter().map(profile).collect(),
            uri,
            ..Self::nobody(IdentifierQueryCode::Success)
        }
    }
}

/// What is said of a user.
#[derive(Debug, Clone, PartialEq, Eq, TlsSize, TlsSerialize, TlsDeserialize)]
pub struct UserProfile {
    /// The user, by the name that stays.
    pub stable_uri: IdentifierUri,
    /// What else.
    pub fields: Vec<ProfileField>,
}

/// One thing that is said of a user.
#[derive(Debug, Clone, PartialEq, Eq, TlsSize, TlsSerialize, TlsDeserialize)]
pub struct ProfileField {
    /// Whose list of fields it is from.
    pub field_source: FieldSource,
    /// What it is called there.
    pub field_name: VLBytes,
    /// What it says.
    pub field_value: VLBytes,
}

/// A list of fields.
#[derive(Debug, Clone, Copy, PartialEq, Eq, TlsSize, TlsSerialize, TlsDeserialize)]
#[repr(u8)]
pub enum FieldSource {
    /// The claims of OpenID Connect.
    OidcStdClaim = 7,
    /// The properties of vCards.
    VcardField = 8,
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The draft's own example of a handle, put together by hand from its structs.
    #[test]
    fn a_query_for_a_handle_is_as_the_draft_has_it() {
        let request = IdentifierRequest::by_handle("im:alice.smith@a.example");
        let element = [&[1, 24][..], b"im:alice.smith@a.example"].concat();
        let bytes = [&[26][..], &element, &[0]].concat();
        assert_eq!(request.tls_serialize_detached().as_ref(), Ok(&bytes));
        assert_eq!(request.tls_serialized_len(), bytes.len());
        assert_eq!(
            IdentifierRequest::tls_deserialize_exact(&bytes),
            Ok(request)
        );
    }

    #[test]
    fn each_field_comes_back_and_those_of_others_have_names() {
        let all = [
            SearchIdentifier::Handle,
            SearchIdentifier::Nick,
            SearchIdentifier::Email,
            SearchIdentifier::Phone,
            SearchIdentifier::PartialName,
            SearchIdentifier::WholeProfile,
            SearchIdentifier::OidcStdClaim(b"given_name".as_slice().into()),
            SearchIdentifier::VcardField(b"ORG".as_slice().into()),
        ];
        for (code, search) in (1..).zip(all) {
            let element = QueryElement {
                search,
                search_value: b"mat".as_slice().into(),
            };
            let bytes = element.tls_serialize_detached().unwrap();
            assert_eq!(bytes[0], code);
            assert_eq!(bytes.len(), element.tls_serialized_len());
            assert_eq!(
                QueryElement::tls_deserialize_exact(&bytes),
                Ok(element.clone())
            );
            assert_eq!(element.search.name().is_some(), code > 6);
        }
        for code in [0, 9, 255] {
            assert!(QueryElement::tls_deserialize_exact([code, 1, 7]).is_err());
        }
    }

    #[test]
    fn answers_come_back_and_codes_are_the_drafts() {
        let mut found = IdentifierResponse::found(vec!["mimi://a.example/u/alice".into()]);
        found.found_profiles[0].fields.push(ProfileField {
            field_source: FieldSource::VcardField,
            field_name: b"NICKNAME".as_slice().into(),
            field_value: b"al".as_slice().into(),
        });
        let bytes = found.tls_serialize_detached().unwrap();
        assert_eq!(
            bytes,
            [
                &[0, 25, 24][..],
                b"mimi://a.example/u/alice",
                &[39, 24],
                b"mimi://a.example/u/alice",
                &[13, 8, 8],
                b"NICKNAME",
                &[2],
                b"al",
                &[0],
            ]
            .concat()
        );
        assert_eq!(IdentifierResponse::tls_deserialize_exact(&bytes), Ok(found));
        for (code, bytes) in [
            (IdentifierQueryCode::NotFound, [1, 0, 0, 0]),
            (IdentifierQueryCode::Ambiguous, [2, 0, 0, 0]),
            (IdentifierQueryCode::Forbidden, [3, 0, 0, 0]),
            (IdentifierQueryCode::UnsupportedField, [4, 0, 0, 0]),
        ] {
            let nobody = IdentifierResponse::nobody(code);
            assert_eq!(nobody.tls_serialize_detached().as_deref(), Ok(&bytes[..]));
            assert_eq!(IdentifierResponse::tls_deserialize_exact(bytes), Ok(nobody));
        }
        assert!(IdentifierResponse::tls_deserialize_exact([5, 0, 0, 0]).is_err());
    }
}
