"""The regions of Tencent Cloud, so that a misspelt one is refused as the cloud refuses it."""

REGIONS = frozenset(
    {
        *("ap-guangzhou", "ap-shanghai", "ap-nanjing", "ap-beijing", "ap-chengdu", "ap-chongqing", "ap-hongkong"),
        *("ap-singapore", "ap-jakarta", "ap-seoul", "ap-tokyo", "ap-bangkok", "ap-mumbai"),
        *("na-siliconvalley", "na-ashburn", "na-toronto", "sa-saopaulo", "eu-frankfurt", "eu-moscow"),
        *("ap-shanghai-fsi", "ap-shenzhen-fsi", "ap-beijing-fsi"),
    }
)
