//! What an MLS operation did, in countable units: the one table of them.

throng_cost::units! {
    /// What one or more MLS operations did. Structure decides it, never secret bits, so every engine
    /// reports the same.
    pub struct Work in UNITS called "mls" costing "built_in.toml" {
        /// Operations begun (a message made or processed, a group joined, a KeyPackage made).
        operations: "operation";
        /// HPKE encryptions: path secrets and Welcome secrets.
        seals: "seal";
        /// HPKE decryptions.
        opens: "open";
        /// HPKE key pairs derived or generated.
        key_pairs: "key_pair";
        /// Signatures made.
        signatures: "signature";
        /// Signatures checked.
        verifications: "verification";
        /// Signatures of credentials that were checked: of each certificate in a chain, or of a token. Where a profile does not say what
        /// one takes, it is what any signature takes.
        credential_checks: "credential_check", instead_of("verification");
        /// Bytes under them.
        credential_bytes: "credential_byte", instead_of("checked_context_byte");
        /// Nodes of ratchet trees that were hashed, leaves and parents, blank or not, each time anew.
        tree_nodes: "tree_node", of_group;
        /// Members' leaves among them, in trees copied to be exported, and members whose keys were gathered: a leaf takes longer
        /// than any other node.
        member_nodes: "member_node", of_group;
        /// The tree nodes in trees of more than 4,096 members.
        far_tree_nodes: "far_tree_node", of_group, later;
        /// The members' leaves in trees of more than 4,096 members.
        far_member_nodes: "far_member_node", of_group, later;
        /// Leaves that were looked at in order to check another one against them. One who joins checks all leaves against all.
        leaf_checks: "leaf_check", of_pairs;
        /// Those among them in trees of more than 4,096 members.
        far_leaf_checks: "far_leaf_check", of_pairs, later;
        /// Leaves that were passed in search of a blank one for a new member, from the first leaf on for each.
        leaf_steps: "leaf_step", of_pairs, later;
        /// Nodes of resolutions of a committer's copath, gathered anew for each joiner that its Welcome is sealed to.
        resolved_nodes: "resolved_node", of_pairs, later;
        /// Those among them in trees of more than 4,096 members.
        far_resolved_nodes: "far_resolved_node", of_pairs, later;
        /// Add, Update, Remove and SelfRemove proposals that commits made or read cover.
        proposals: "proposal";
        /// Epochs gone to, as their maker or after one: key schedules (RFC 9420, section 8).
        epochs: "epoch";
        /// Leaves of the secret trees that were laid out for them: OpenMLS makes room for the secrets of every leaf, blank or not.
        secret_slots: "secret_slot", of_group;
        /// HPKE ciphertexts in messages read, whoever they are for: those of an UpdatePath (RFC 9420,
        /// section 7.6) and the encrypted group secrets of a Welcome.
        ciphertexts: "ciphertext";
        /// Nodes of secret trees at which secrets were derived, for messages to be encrypted or decrypted.
        secret_nodes: "secret_node";
        /// Bytes of handshakes, KeyPackages, Welcomes and GroupInfos made or read.
        bytes: "byte";
        /// Bytes of application messages made or read: signed or checked, and encrypted or decrypted.
        message_bytes: "message_byte";
        /// Bytes that are hashed because something is derived, sealed, opened or tagged in their context: encrypted GroupInfos, by
        /// the seals and opens of Welcomes (RFC 9420, section 12.4.3.1), for each joiner all of it; and GroupContexts
        /// ([`Work::add_context`]).
        context_bytes: "context_byte";
        /// Bytes of GroupContexts under signatures that were made ([`Work::add_context`]).
        signed_context_bytes: "signed_context_byte", later;
        /// Bytes of GroupContexts under signatures that were checked.
        checked_context_bytes: "checked_context_byte", later;
        /// Bytes of participant lists that were gone through: written anew because an update changed them, or held against their hash
        /// ([`Work::add_list`]).
        app_data_bytes: "app_data_byte", later;
        /// Bytes of ratchet trees that were copied and encoded, each time anew: to export them, and to sign and
        /// check GroupInfos that contain them.
        tree_bytes: "tree_byte", of_group;
    }
}
