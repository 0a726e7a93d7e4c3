//! The digests: their names and how each is computed.

use sha2::digest::{DynDigest, ExtendableOutput, Update, XofReader};

/// What has been fed to a digest.
pub trait State {
    fn update(&mut self, data: &[u8]);
    /// The bytes of the digest; 0 if any number is possible.
    fn size(&self) -> usize;
    fn digest(&self) -> Vec<u8>;
    /// Fill `out` with the first bytes of a digest of any length.
    fn read(&self, out: &mut [u8]) {
        let digest = self.digest();
        for (to, from) in out.iter_mut().zip(digest) {
            *to = from;
        }
    }
    fn clone_state(&self) -> Box<dyn State>;
}

/// A digest: a row of [`KINDS`].
pub struct Kind {
    pub name: &'static str,
    /// Other names, in small letters without `-`, `_` and `/`.
    aliases: &'static [&'static str],
    pub block: usize,
    pub is_extendable: bool,
    pub make: fn() -> Box<dyn State>,
}

impl Kind {
    /// The digest that `name` means; letters' case and dashes do not matter.
    pub fn named(name: &str) -> Option<&'static Kind> {
        if let Some(kind) = KINDS.iter().find(|kind| kind.name == name) {
            return Some(kind);
        }
        let mut plain = name.to_ascii_lowercase();
        plain.retain(|c| !matches!(c, '-' | '_' | '/'));
        Kind::all().find(|kind| {
            kind.aliases.contains(&plain.as_str())
                || kind.name.chars().filter(|c| !matches!(c, '-' | '_')).eq(plain.chars())
        })
    }

    pub fn all() -> impl Iterator<Item = &'static Kind> {
        KINDS.iter()
    }
}

macro_rules! fixed {
    ($digest:ty) => {
        || Box::new(Fixed(Box::new(<$digest>::default())))
    };
}

/// A row of a digest of one length.
const fn row(
    name: &'static str,
    aliases: &'static [&'static str],
    block: usize,
    make: fn() -> Box<dyn State>,
) -> Kind {
    Kind { name, aliases, block, is_extendable: false, make }
}

static KINDS: &[Kind] = &[
    row("blake2b", &["blake2b512"], 128, || Blake2::whole(64).state(true)),
    row("blake2s", &["blake2s256"], 64, || Blake2::whole(32).state(false)),
    row("md5", &["ssl3md5"], 64, fixed!(md5::Md5)),
    row("md5-sha1", &[], 64, || Box::new(Md5Sha1::default())),
    row("ripemd160", &["ripemd", "rmd160"], 64, fixed!(ripemd::Ripemd160)),
    row("sha1", &["ssl3sha1"], 64, fixed!(sha1::Sha1)),
    row("sha224", &["sha2224"], 64, fixed!(sha2::Sha224)),
    row("sha256", &["sha2256"], 64, fixed!(sha2::Sha256)),
    row("sha384", &["sha2384"], 128, fixed!(sha2::Sha384)),
    row("sha512", &["sha2512"], 128, fixed!(sha2::Sha512)),
    row("sha512_224", &["sha2512224"], 128, fixed!(sha2::Sha512_224)),
    row("sha512_256", &["sha2512256"], 128, fixed!(sha2::Sha512_256)),
    row("sha3_224", &[], 144, fixed!(sha3::Sha3_224)),
    row("sha3_256", &[], 136, fixed!(sha3::Sha3_256)),
    row("sha3_384", &[], 104, fixed!(sha3::Sha3_384)),
    row("sha3_512", &[], 72, fixed!(sha3::Sha3_512)),
    Kind {
        name: "shake_128",
        aliases: &[],
        block: 168,
        is_extendable: true,
        make: || Box::new(Extendable(shake::Shake128::default())),
    },
    Kind {
        name: "shake_256",
        aliases: &[],
        block: 136,
        is_extendable: true,
        make: || Box::new(Extendable(shake::Shake256::default())),
    },
    row("sm3", &[], 64, fixed!(sm3::Sm3)),
];

/// A digest of one length.
struct Fixed(Box<dyn DynDigest>);

impl State for Fixed {
    fn update(&mut self, data: &[u8]) {
        self.0.update(data);
    }

    fn size(&self) -> usize {
        self.0.output_size()
    }

    fn digest(&self) -> Vec<u8> {
        self.0.box_clone().finalize().into_vec()
    }

    fn clone_state(&self) -> Box<dyn State> {
        Box::new(Fixed(self.0.box_clone()))
    }
}

/// A digest of any length.
struct Extendable<D>(D);

impl<D: ExtendableOutput + Clone + 'static> State for Extendable<D> {
    fn update(&mut self, data: &[u8]) {
        Update::update(&mut self.0, data);
    }

    fn size(&self) -> usize {
        0
    }

    fn digest(&self) -> Vec<u8> {
        Vec::new()
    }

    fn read(&self, out: &mut [u8]) {
        self.0.clone().finalize_xof().read(out);
    }

    fn clone_state(&self) -> Box<dyn State> {
        Box::new(Extendable(self.0.clone()))
    }
}

/// Both, one after the other.
#[derive(Clone, Default)]
struct Md5Sha1 {
    md5: md5::Md5,
    sha1: sha1::Sha1,
}

impl State for Md5Sha1 {
    fn update(&mut self, data: &[u8]) {
        Update::update(&mut self.md5, data);
        Update::update(&mut self.sha1, data);
    }

    fn size(&self) -> usize {
        36
    }

    fn digest(&self) -> Vec<u8> {
        let (first, second): (Box<dyn DynDigest>, Box<dyn DynDigest>) =
            (Box::new(self.md5.clone()), Box::new(self.sha1.clone()));
        [first.finalize(), second.finalize()].concat()
    }

    fn clone_state(&self) -> Box<dyn State> {
        Box::new(self.clone())
    }
}

/// What BLAKE2 can be told beside the data.
pub struct Blake2 {
    pub digest_size: usize,
    pub key: Vec<u8>,
    pub salt: Vec<u8>,
    pub person: Vec<u8>,
    pub fanout: u8,
    pub depth: u8,
    pub leaf_size: u32,
    pub node_offset: u64,
    pub node_depth: u8,
    pub inner_size: usize,
    pub is_last_node: bool,
}

impl Blake2 {
    /// Nothing but the size of the digest.
    fn whole(digest_size: usize) -> Blake2 {
        Blake2 {
            digest_size,
            key: Vec::new(),
            salt: Vec::new(),
            person: Vec::new(),
            fanout: 1,
            depth: 1,
            leaf_size: 0,
            node_offset: 0,
            node_depth: 0,
            inner_size: 0,
            is_last_node: false,
        }
    }

    /// BLAKE2b if `is_long`, else BLAKE2s. All parameters must be within their limits.
    pub fn state(&self, is_long: bool) -> Box<dyn State> {
        macro_rules! state {
            ($family:ident, $wrapper:ident) => {{
                let mut parameters = $family::Params::new();
                parameters
                    .hash_length(self.digest_size)
                    .key(&self.key)
                    .salt(&self.salt)
                    .personal(&self.person)
                    .fanout(self.fanout)
                    .max_depth(self.depth)
                    .max_leaf_length(self.leaf_size)
                    .node_offset(self.node_offset)
                    .node_depth(self.node_depth)
                    .inner_hash_length(self.inner_size)
                    .last_node(self.is_last_node);
                Box::new($wrapper { state: parameters.to_state(), size: self.digest_size })
            }};
        }
        if is_long { state!(blake2b_simd, Blake2b) } else { state!(blake2s_simd, Blake2s) }
    }
}

macro_rules! blake2 {
    ($name:ident, $state:ty) => {
        #[derive(Clone)]
        struct $name {
            state: $state,
            size: usize,
        }

        impl State for $name {
            fn update(&mut self, data: &[u8]) {
                self.state.update(data);
            }

            fn size(&self) -> usize {
                self.size
            }

            fn digest(&self) -> Vec<u8> {
                self.state.finalize().as_bytes().to_vec()
            }

            fn clone_state(&self) -> Box<dyn State> {
                Box::new(self.clone())
            }
        }
    };
}

blake2!(Blake2b, blake2b_simd::State);
blake2!(Blake2s, blake2s_simd::State);
