//! The generator against numbers that CPython draws.

use super::twister::Twister;

#[test]
fn draws_are_those_of_cpython() {
    // random.seed(42); random.random(), random.getrandbits(32), random.getrandbits(64)
    let mut twister = Twister::from_key(&[42]);
    assert_eq!(twister.next_float(), 0.639_426_798_457_883_8);
    assert_eq!(twister.next_bits(32), 107_420_369);
    assert_eq!(twister.next_bits(64), 5_073_395_517_033_431_291);
    assert_eq!(twister.next_words(70).len(), 3);
}

#[test]
fn states_can_be_restored() {
    let mut twister = Twister::from_key(&[1, 2, 3]);
    twister.next_word();
    let state: Vec<u32> = twister.state().collect();
    let mut copy = Twister::from_state(&state).unwrap();
    for _ in 0..2000 {
        assert_eq!(twister.next_word(), copy.next_word());
    }
    assert!(Twister::from_state(&state[..600]).is_none());
}
