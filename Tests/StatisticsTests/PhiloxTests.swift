import Statistics
import Testing

/// Random bits are those that the method's authors publish.
struct PhiloxTests {
    @Test func `counter and key of zeros give the published words`() {
        let words = Philox.block((0, 0, 0, 0), (0, 0))
        #expect(words.0 == 0x1655_4d9e_ca36_314c)
        #expect(words.1 == 0xdb20_fe9d_672d_0fdc)
        #expect(words.2 == 0xd7e7_72ce_e186_176b)
        #expect(words.3 == 0x7e68_b68a_ec7b_a23b)
    }

    @Test func `the digits of pi give the published words`() {
        let words = Philox.block(
            (
                0x243f_6a88_85a3_08d3, 0x1319_8a2e_0370_7344, 0xa409_3822_299f_31d0,
                0x082e_fa98_ec4e_6c89
            ),
            (0x4528_21e6_38d0_1377, 0xbe54_66cf_34e9_0c6c))
        #expect(words.0 == 0xa528_f454_03e6_1d95)
        #expect(words.1 == 0x38c7_2dbd_566e_9788)
        #expect(words.2 == 0xa5a1_610e_72fd_18b5)
        #expect(words.3 == 0x57bd_43b5_e52b_7fe6)
    }
}
