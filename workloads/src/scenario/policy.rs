//! How clients and hubs behave: `[policy]` of a scenario, and what can be chosen there.

use crate::dist::Dist;
use crate::time::SimSpan;

/// How clients and hubs behave.
#[derive(Debug, Clone, PartialEq)]
pub struct Policy {
    /// Whether a wish becomes a commit at once, or a proposal that a later commit covers.
    pub commit: CommitPolicy,
    /// Who commits pending proposals.
    pub committer: Committer,
    /// How long a member waits, in seconds, before it commits proposals that it has seen.
    pub commit_delay: Dist,
    /// How many proposals are enough for a commit of what others proposed, at least 1.
    pub commit_batch: u32,
    /// How long the oldest of them waits at most where they are not enough.
    pub commit_batch_wait: SimSpan,
    /// How much later the next in turn commits where the one before has not; how long a hub that tells one member first waits for it.
    pub commit_fallback: SimSpan,
    /// Whom the hub tells of what is proposed.
    pub admission: Admission,
    /// How many events of a room go to a follower in one body at most, at least 1; where more than one may, one body is under way at a time.
    pub notify_batch: u32,
    /// How long such a body is at most, in bytes; an event by itself may be longer.
    pub notify_batch_bytes: u32,
    /// How long an event waits for others where no body is under way.
    pub notify_batch_wait: SimSpan,
    /// The longest body of several events that a provider takes, in bytes.
    pub notify_most: u32,
    /// How many members refresh their leaves after a commit, where it is all gaps in the tree above them; fewer, the fewer there are.
    pub refresh: f64,
    /// The first retry after a lost commit waits a draw of this, in seconds; each further one doubles it.
    pub backoff: Dist,
    /// The back-off never grows beyond this.
    pub backoff_max: SimSpan,
    /// How long clients and providers wait for an answer before they repeat a request. `None`: for ever, as nothing is lost.
    pub request_timeout: Option<SimSpan>,
    /// Where a Welcome's ratchet tree comes from.
    pub tree: TreeDelivery,
    /// Of how many past epochs a hub still has the trees for which it has given a URL.
    pub tree_epochs: u32,
    /// What of a Welcome for several comes to each of them.
    pub welcome: WelcomeFor,
    /// How much of the GroupInfo comes to the hub with a commit.
    pub group_info: GroupInfoForm,
    /// Where a room's participant list is kept.
    pub participant_list: ParticipantListPlace,
    /// What of the GroupContext members sign with their messages.
    pub signed_context: SignedContext,
    /// Which roles rooms have, and whether hubs hold people to them.
    pub profile: Profile,
    /// Whether hubs propose that members go whose leaves have ended.
    pub evict_ended: bool,
    /// Who reads handshakes besides members and the hub.
    pub handshakes: Handshakes,
    /// How users leave.
    pub leave: Leave,
    /// Whether a commit that only adds carries a path all the same.
    pub path_on_add: bool,
    /// How many KeyPackages a client keeps at its provider.
    pub key_packages: u32,
    /// The share of them below which the client is told to publish more.
    pub key_packages_low: f64,
    /// How long a KeyPackage may be used.
    pub key_package_lifetime: SimSpan,
    /// Whether it keeps one more there, which is handed out again and again when all others are gone.
    pub last_resort: bool,
    /// How many requests for KeyPackages of a provider's users one user may make in a period; 0: as many as come.
    pub key_material_limit: u32,
    /// That period.
    pub key_material_period: SimSpan,
    /// What whoever adds somebody knows of them.
    pub find: Find,
    /// How likely a user is to let others look for them.
    pub findable: f64,
    /// Whether people consent to being added before they are asked.
    pub consent: Consent,
    /// How long whoever is asked takes to answer, in seconds.
    pub consent_delay: Dist,
    /// How likely whoever is asked is to refuse.
    pub consent_refused: f64,
    /// Whether a KeyPackage of each of the consenting user's clients comes with consent.
    pub consent_key_packages: bool,
    /// Messages of how many past epochs the hub forwards and clients can read.
    pub epoch_tolerance: u32,
    /// Private messages are padded to a multiple of this.
    pub padding: u32,
    /// How many messages of one sender may be skipped.
    pub max_forward: u32,
}

impl Policy {
    /// How many KeyPackages a client has at its provider before that tells it to publish more.
    ///
    /// ```
    /// use throng_workloads::builtin;
    /// let policy = |low: &str| builtin::find("small")?.scenario(&[format!("policy.key_packages_low={low}")]);
    /// assert_eq!(policy("50%")?.policy.low_water(), 5);
    /// assert_eq!(policy("11%")?.policy.low_water(), 2);
    /// assert_eq!(policy("0")?.policy.low_water(), 0);
    /// # Ok::<(), throng_workloads::error::ScenarioError>(())
    /// ```
    pub fn low_water(&self) -> u32 {
        (f64::from(self.key_packages) * self.key_packages_low).ceil() as u32
    }
}

/// Commit at once or propose first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CommitPolicy {
    /// Adds, removals and updates are committed by whoever wishes them.
    AtOnce,
    /// They are proposed; a committer covers them.
    Propose,
}

/// Who commits pending proposals.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Committer {
    /// Every member, after its own delay: the first one wins.
    Anyone,
    /// Only the room's creator, while it is a member; others only when it is not.
    Admin,
    /// Everybody commits what they themselves wish; what others proposed is left to the room's creator, while
    /// it is a member.
    AdminCovers,
    /// Of those who could, the member with the lowest leaf; the others after it, one by one, where it does not.
    LowestLeaf,
    /// The member that was heard of last, as far as each has heard; the others after it in that order.
    MostActive,
    /// Another in each epoch, by rendezvous hashing of group, epoch and leaf; the others after it in the order of that.
    Rendezvous,
}

impl Committer {
    /// Whether what others proposed is left to the room's creator, while it is a member.
    pub const fn leaves_to_admin(self) -> bool {
        matches!(self, Self::Admin | Self::AdminCovers)
    }

    /// Whether members commit what others proposed one after another, until one has.
    pub const fn in_turn(self) -> bool {
        matches!(self, Self::LowestLeaf | Self::MostActive | Self::Rendezvous)
    }
}

/// Whom a hub tells of what is proposed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Admission {
    /// All members at once.
    Everybody,
    /// One first, and the others when it has committed, or has had its time.
    OneFirst,
}

/// Where a Welcome's ratchet tree comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TreeDelivery {
    /// Inside the Welcome's GroupInfo, where draft-ietf-mimi-protocol-06 wants none ("Update Room State").
    InWelcome,
    /// Beside the Welcome, from the hub (MIMI's RatchetTreeOption).
    FromHub,
    /// From a URL at the hub, which stands beside the Welcome.
    ByUrl,
}

/// What of a Welcome for several comes to each of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WelcomeFor {
    /// All of it, with everybody's secrets.
    All,
    /// A Welcome with its own secrets alone.
    Each,
}

/// Which roles a room has, and whether its hub holds people to them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Profile {
    /// Those of a cooperatively administered room, to which nobody is held.
    Unchecked,
    /// A cooperatively administered room (draft-ietf-mimi-room-policy-03, "Cooperatively administered room").
    Cooperative,
    /// A strictly administered one.
    Strict,
    /// A moderated one.
    Moderated,
    /// One of several organisations, each with users and administrators of its own.
    MultiOrganization,
}

impl Profile {
    /// Whether hubs hold people to their roles.
    pub const fn is_checked(self) -> bool {
        !matches!(self, Self::Unchecked)
    }

    /// Whether only administrators put others into the room and take them out.
    pub const fn is_administered(self) -> bool {
        matches!(
            self,
            Self::Strict | Self::Moderated | Self::MultiOrganization
        )
    }
}

/// What whoever adds somebody knows of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Find {
    /// Who they are, by the name that stays.
    Known,
    /// Their handle alone.
    Handle,
}

/// Each with its word.
pub(super) const FINDS: &[(&str, Find)] = &[("known", Find::Known), ("handle", Find::Handle)];

/// Whether people consent to being added before they are asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Consent {
    /// Everybody consents to everybody.
    Given,
    /// Nobody does before being asked, once for each other user.
    Asked,
    /// The same, for each other user and room.
    AskedForRoom,
}

/// Each with its word.
pub(super) const CONSENTS: &[(&str, Consent)] = &[
    ("given", Consent::Given),
    ("asked", Consent::Asked),
    ("asked-for-room", Consent::AskedForRoom),
];

/// How members send commits and proposals.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Handshakes {
    /// As PublicMessages: all providers on the way read them.
    Public,
    /// As SemiPrivateMessages for the hub (draft-ietf-mimi-protocol-06, "Update Room State"; draft-mahy-mls-semiprivatemessage): other
    /// providers do not.
    SemiPrivate,
}

/// How a user leaves a room.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Leave {
    /// One client proposes to remove all of the user's (draft-ietf-mimi-protocol-06, "Bob Leaves the Room"). An external commit
    /// voids that.
    Removes,
    /// Each client proposes SelfRemove (draft-ietf-mls-extensions, "SelfRemove Proposal"), which external commits cover too. Whoever
    /// begins also proposes to remove the user's others, which may be offline.
    SelfRemove,
}

/// Where a room's participant list is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ParticipantListPlace {
    /// In the GroupContext of the room's group, as draft-ietf-mimi-protocol-06 has it ("Participant List"): every signature of a
    /// member is made over all of it.
    Context,
    /// Beside it, with no more than its hash in the GroupContext, as draft-ietf-mls-extensions allows ("Updating Application Data in the
    /// GroupContext"). Whoever joins gets the list with the ratchet tree.
    Hash,
    /// Nowhere: a user is a participant while one of its clients is a member.
    Nowhere,
}

/// What stands for the GroupContext in what members sign.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SignedContext {
    /// All of it (RFC 9420, section 6.1).
    Whole,
    /// A hash of it, taken once an epoch (draft-mahy-mls-new-framed-content-tbs-01). No library has it: it is counted as if.
    Hash,
}

/// How much of the new epoch's GroupInfo comes to the hub with a commit (MIMI's GroupInfoRepresentation).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum GroupInfoForm {
    /// All of it.
    Full,
    /// What a hub that follows the handshakes cannot rebuild.
    Partial,
}
