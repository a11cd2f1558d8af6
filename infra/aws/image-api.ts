import { Duration, Names, RemovalPolicy, Stack, Validations } from 'aws-cdk-lib'
import * as apigateway from 'aws-cdk-lib/aws-apigateway'
import type * as elbv2 from 'aws-cdk-lib/aws-elasticloadbalancingv2'
import * as logs from 'aws-cdk-lib/aws-logs'
import { Construct } from 'constructs'
import { apiLimits, keyParameter, stage } from '../flow.ts'
import { awsManagedPolicy } from './accepted-findings.ts'
import { accessLogFormat } from './access-log-format.ts'
import { addGatewayAnswers } from './gateway-answers.ts'

interface ImageApiProps {
  throttle: { readonly rate: number; readonly burst: number }
  logRetention: logs.RetentionDays
  /** Whether to set the account's role for API Gateway's logs. */
  logsRole: boolean
}

/** The public address to which a missing image is redirected. */
export class ImageApi extends Construct {
  readonly api: apigateway.RestApi
  /** Without a scheme; the website endpoint redirects to it. */
  readonly host: string
  /** Of the stage, where `?key=` is asked for. */
  readonly url: string

  constructor(scope: Construct, id: string, props: ImageApiProps) {
    super(scope, id)
    const accessLog = new logs.LogGroup(this, 'AccessLog', {
      retention: props.logRetention,
      removalPolicy: RemovalPolicy.DESTROY,
    })
    this.api = new apigateway.RestApi(this, 'Api', {
      restApiName: Names.uniqueResourceName(this, { maxLength: 64, separator: '-' }),
      description: 'Resizes an image: /prod?key=<prefix><width>x<height>/<path>',
      endpointConfiguration: { types: [apigateway.EndpointType.REGIONAL] },
      binaryMediaTypes: ['*/*'],
      cloudWatchRole: props.logsRole,
      deployOptions: {
        stageName: stage,
        throttlingRateLimit: props.throttle.rate,
        throttlingBurstLimit: props.throttle.burst,
        loggingLevel: apigateway.MethodLoggingLevel.ERROR,
        accessLogDestination: new apigateway.LogGroupLogDestination(accessLog),
        accessLogFormat,
      },
    })
    // The output that every API brings, under a name of its own making.
    this.api.node.tryRemoveChild('Endpoint')
    const { region, urlSuffix } = Stack.of(this)
    this.host = `${this.api.restApiId}.execute-api.${region}.${urlSuffix}`
    this.url = `https://${this.host}/${stage}`
    this.makeErrorLog(props.logRetention)
    addGatewayAnswers(this.api)
    this.acceptFindings(props)
  }

  /** The log, by the name that API Gateway gives it, which it would otherwise make to stay for ever. */
  private makeErrorLog(retention: logs.RetentionDays): void {
    const errorLog = new logs.LogGroup(this, 'ErrorLog', {
      logGroupName: `API-Gateway-Execution-Logs_${this.api.restApiId}/${stage}`,
      retention,
      removalPolicy: RemovalPolicy.DESTROY,
    })
    this.api.deploymentStage.node.addDependency(errorLog)
  }

  /** Hands GET and HEAD to the service behind `balancer`; without `key` nothing gets that far. */
  proxyTo(balancer: elbv2.INetworkLoadBalancer): void {
    const vpcLink = new apigateway.VpcLink(this, 'Link', { targets: [balancer] })
    const requestValidator = new apigateway.RequestValidator(this, 'KeyRequired', {
      restApi: this.api,
      validateRequestParameters: true,
    })
    for (const method of ['GET', 'HEAD']) {
      const added = this.api.root.addMethod(
        method,
        new apigateway.Integration({
          type: apigateway.IntegrationType.HTTP_PROXY,
          integrationHttpMethod: method,
          uri: `http://${balancer.loadBalancerDnsName}/${stage}`,
          options: {
            connectionType: apigateway.ConnectionType.VPC_LINK,
            vpcLink,
            timeout: Duration.seconds(apiLimits.integrationSeconds),
            requestParameters: { 'integration.request.header.x-request-id': 'context.requestId' },
          },
        }),
        {
          requestValidator,
          requestParameters: { [`method.request.querystring.${keyParameter}`]: true },
          authorizationType: apigateway.AuthorizationType.NONE,
        },
      )
      Validations.of(added).acknowledge(
        {
          id: 'AwsSolutions-APIG4',
          reason: 'Images are public; allowlists say what may be asked.',
        },
        { id: 'AwsSolutions-COG4', reason: 'Images are public; viewers have no accounts.' },
      )
    }
  }

  private acceptFindings({ logsRole }: ImageApiProps): void {
    Validations.of(this.api).acknowledge(
      { id: 'AwsSolutions-APIG2', reason: 'The key is validated; GET and HEAD have no body.' },
      {
        id: 'AwsSolutions-APIG3',
        reason: 'Throttling, allowlists and a validated key bound what a request can cost.',
      },
    )
    if (!logsRole) return
    const policy = awsManagedPolicy('service-role/AmazonAPIGatewayPushToCloudWatchLogs')
    Validations.of(this.api).acknowledge({
      id: `AwsSolutions-IAM4[Policy::${policy}]`,
      reason: "The account's role for API Gateway's logs is what AWS's own managed policy is for.",
    })
  }
}
