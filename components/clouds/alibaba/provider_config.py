"""The keys of `alicloud:` in stack config that are honoured."""

from components.clouds.provider_config import ProviderConfig, Setting

_SECONDS = Setting("Seconds that a session lasts.", bounds=(900, 43200))

ALICLOUD = ProviderConfig(
    namespace="alicloud",
    keys=("accessKey", "secretKey", "securityToken"),
    sources=("profile", "sharedCredentialsFile", "credentialsUri", "ecsRoleName", "assumeRoleWithOidc"),
    others={
        "profile": Setting("Profile of the Alibaba Cloud CLI to take credentials from."),
        "sharedCredentialsFile": Setting("File of the profile. Default: ~/.aliyun/config.json."),
        "credentialsUri": Setting("Address of a sidecar that gives credentials."),
        "ecsRoleName": Setting("RAM role of the ECS instance that this runs on."),
        "assumeRoleWithOidc": Setting(
            "Role to assume with a token of an identity provider.",
            fields={
                "oidcProviderArn": Setting(required=True),
                "roleArn": Setting(required=True),
                "oidcTokenFile": Setting(required=True),
                "roleSessionName": Setting(),
                "policy": Setting(),
                "sessionExpiration": _SECONDS,
            },
        ),
        "assumeRole": Setting(
            "Role to assume with the credentials that were found.",
            fields={
                "roleArn": Setting(required=True),
                "sessionName": Setting(),
                "policy": Setting(),
                "sessionExpiration": _SECONDS,
                "externalId": Setting(),
            },
        ),
        "region": Setting("Region whose STS is asked for a role. Replicas name their own regions."),
        "protocol": Setting("Protocol of endpoints that name none.", choices=("HTTP", "HTTPS")),
        "accountType": Setting("Site of the account.", choices=("Domestic", "International")),
        "skipRegionValidation": Setting("Have the native provider accept regions it does not know.", is_flag=True),
    },
    refused=("endpoints",),
    # What the SDK reads as well (`ALIBABA_CLOUD_...`) is left to its chain.
    variables={
        "profile": "ALICLOUD_PROFILE",
        "sharedCredentialsFile": "ALICLOUD_SHARED_CREDENTIALS_FILE",
        "credentialsUri": "ALICLOUD_CREDENTIALS_URI",
        "ecsRoleName": "ALICLOUD_ECS_ROLE_NAME",
    },
    # The SDK knows the first, and the native provider all.
    key_variables=(
        (("ALIBABA_CLOUD_ACCESS_KEY_ID",), ("ALIBABA_CLOUD_ACCESS_KEY_SECRET",), ("ALIBABA_CLOUD_SECURITY_TOKEN",)),
        (("ALICLOUD_ACCESS_KEY",), ("ALICLOUD_SECRET_KEY",), ("ALICLOUD_SECURITY_TOKEN",)),
        (("ALIBABACLOUD_ACCESS_KEY_ID",), ("ALIBABACLOUD_ACCESS_KEY_SECRET",), ("ALIBABACLOUD_SECURITY_TOKEN",)),
    ),
)
