/**
 * The variable that keeps the AWS SDK from warning of Node 20 at every start. The SDK is pinned to
 * versions that run on it: the advice is for those who raise the version, not for those who run it.
 */
export const withoutSdkWarning = {
  AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: 'true',
} as const
