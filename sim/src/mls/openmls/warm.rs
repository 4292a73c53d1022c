//! Groups that exist before time zero.

use crate::mls::engine::MlsError;
use crate::mls::openmls::client::Client;
use crate::mls::openmls::error::refused;
use crate::mls::openmls::group::Group;
use crate::mls::openmls::hub::Hub;
use crate::mls::openmls::settings::Settings;

pub(crate) fn warm_group(
    _settings: &Settings,
    _clients: &mut [&mut Client],
    _group_id: &[u8],
) -> Result<(Vec<Group>, Hub), MlsError> {
    Err(refused("warm start")("not there yet"))
}
