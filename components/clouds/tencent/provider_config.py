"""The keys of `tencentcloud:` in stack config that are honoured."""

from components.clouds.provider_config import ProviderConfig, Setting

TENCENTCLOUD = ProviderConfig(
    namespace="tencentcloud",
    keys=("secretId", "secretKey", "securityToken"),
    sources=("profile", "sharedCredentialsDir", "camRoleName"),
    others={
        "profile": Setting("Profile of tccli to take credentials from. Default: default."),
        "sharedCredentialsDir": Setting("Directory of the profile. Default: ~/.tccli."),
        "camRoleName": Setting("CAM role of the CVM instance that this runs on."),
        "assumeRole": Setting(
            "Role to assume with the credentials that were found.",
            fields={
                "roleArn": Setting(required=True),
                "sessionName": Setting(required=True),
                "sessionDuration": Setting("Seconds that a session lasts. Default: 7200.", bounds=(1, 43200)),
                "policy": Setting(),
                "externalId": Setting(),
            },
        ),
        "region": Setting("Region whose STS is asked for a role. Replicas name their own regions."),
        "domain": Setting("Domain of the site; hosts are <service>.<domain>. Default: tencentcloudapi.com."),
        "protocol": Setting("Protocol of endpoints that name none.", choices=("HTTP", "HTTPS")),
    },
    refused=(
        *("assumeRoleWithSaml", "assumeRoleWithWebIdentity", "mfaCertification", "enablePodOidc"),
        *("allowedAccountIds", "forbiddenAccountIds"),
    ),
    variables={
        "profile": "TENCENTCLOUD_PROFILE",
        "sharedCredentialsDir": "TENCENTCLOUD_SHARED_CREDENTIALS_DIR",
        "camRoleName": "TENCENTCLOUD_CAM_ROLE_NAME",
        "domain": "TENCENTCLOUD_DOMAIN",
        "protocol": "TENCENTCLOUD_PROTOCOL",
        "assumeRole": {
            "roleArn": "TENCENTCLOUD_ASSUME_ROLE_ARN",
            "sessionName": "TENCENTCLOUD_ASSUME_ROLE_SESSION_NAME",
            "sessionDuration": "TENCENTCLOUD_ASSUME_ROLE_SESSION_DURATION",
            "externalId": "TENCENTCLOUD_ASSUME_ROLE_EXTERNAL_ID",
        },
    },
    key_variables=(
        (
            ("TENCENTCLOUD_SECRET_ID",),
            ("TENCENTCLOUD_SECRET_KEY",),
            ("TENCENTCLOUD_SECURITY_TOKEN", "TENCENTCLOUD_TOKEN"),
        ),
    ),
)
