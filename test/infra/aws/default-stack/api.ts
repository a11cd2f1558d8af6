import t from 'tap'
import { inWords, propertiesOf } from '../synthesised.ts'
import { template } from './default-stack.ts'

t.test('GET and HEAD go to /prod of the service, through the VPC link', async (t) => {
  const methods = Object.values(template.findResources('AWS::ApiGateway::Method')).map(
    ({ Properties }) => Properties,
  )
  t.same(methods.map(({ HttpMethod }) => HttpMethod).sort(), ['GET', 'HEAD'])
  for (const method of methods) {
    const { Integration } = method
    t.match(Integration, {
      Type: 'HTTP_PROXY',
      IntegrationHttpMethod: method.HttpMethod,
      ConnectionType: 'VPC_LINK',
      TimeoutInMillis: 29_000,
      RequestParameters: { 'integration.request.header.x-request-id': 'context.requestId' },
    })
    t.equal(inWords(Integration.Uri), 'http://<ImagesLoadBalancer.DNSName>/prod')
    t.match(inWords(Integration.ConnectionId), /^<ImagesApiLink>$/)
    t.same(method.RequestParameters, { 'method.request.querystring.key': true })
    t.equal(inWords(method.RequestValidatorId), '<ImagesApiKeyRequired>')
    t.match(inWords(method.ResourceId), /RootResourceId/)
  }
  t.match(propertiesOf(template, 'AWS::ApiGateway::RequestValidator'), {
    ValidateRequestParameters: true,
  })
  const link = propertiesOf(template, 'AWS::ApiGateway::VpcLink')
  t.equal(inWords(link.TargetArns), '<ImagesLoadBalancer>')
})

t.test('the API passes bytes, is regional, and stands at stage prod, throttled', async (t) => {
  t.match(propertiesOf(template, 'AWS::ApiGateway::RestApi'), {
    BinaryMediaTypes: ['*/*'],
    EndpointConfiguration: { Types: ['REGIONAL'] },
  })
  const stage = propertiesOf(template, 'AWS::ApiGateway::Stage')
  t.equal(stage.StageName, 'prod')
  t.match(stage.MethodSettings, [{ ThrottlingRateLimit: 500, ThrottlingBurstLimit: 1000 }])
  t.equal(
    inWords(stage.AccessLogSetting.DestinationArn),
    'arn:<AWS::Partition>:logs:<AWS::Region>:<AWS::AccountId>:log-group:<ImagesApiAccessLog>',
  )
  t.equal(JSON.parse(stage.AccessLogSetting.Format).requestId, '$context.requestId')
})

t.test('the log of its errors is made before the stage would begin it', async (t) => {
  const [id, log] =
    Object.entries(template.findResources('AWS::Logs::LogGroup')).find(
      ([, { Properties }]) => Properties.LogGroupName !== undefined,
    ) ?? []
  t.equal(inWords(log?.Properties.LogGroupName), 'API-Gateway-Execution-Logs_<ImagesApi>/prod')
  t.equal(log?.DeletionPolicy, 'Delete')
  const [stage] = Object.values(template.findResources('AWS::ApiGateway::Stage'))
  t.ok(stage?.DependsOn.includes(id))
})

t.test('its own refusals speak as the service does, and no cache keeps them', async (t) => {
  const answers = Object.values(template.findResources('AWS::ApiGateway::GatewayResponse')).map(
    ({ Properties }) => Properties,
  )
  const statuses = Object.fromEntries(
    answers.map(({ ResponseType, StatusCode }) => [ResponseType, StatusCode]),
  )
  t.match(statuses, {
    BAD_REQUEST_PARAMETERS: '400',
    MISSING_AUTHENTICATION_TOKEN: '404',
    INTEGRATION_TIMEOUT: '504',
    INTEGRATION_FAILURE: '503',
    THROTTLED: '429',
  })
  for (const { ResponseParameters } of answers) {
    t.equal(ResponseParameters['gatewayresponse.header.Cache-Control'], "'no-store'")
  }
  const missing = answers.find(({ ResponseType }) => ResponseType === 'BAD_REQUEST_PARAMETERS')
  t.match(JSON.parse(missing?.ResponseTemplates['application/json']), {
    errorType: 'BadRequest',
    status: 400,
    requestId: '$context.requestId',
    code: 'key_missing',
  })
  const throttled = answers.find(({ ResponseType }) => ResponseType === 'THROTTLED')
  t.equal(throttled?.ResponseParameters['gatewayresponse.header.Retry-After'], "'1'")
})

t.test('the load balancer is internal, lets nobody in and asks /readyz', async (t) => {
  t.match(propertiesOf(template, 'AWS::ElasticLoadBalancingV2::LoadBalancer'), {
    Type: 'network',
    Scheme: 'internal',
    EnforceSecurityGroupInboundRulesOnPrivateLinkTraffic: 'off',
  })
  const group = propertiesOf(template, 'AWS::EC2::SecurityGroup', /LoadBalancer/)
  t.equal(group.SecurityGroupIngress, undefined)
  t.match(propertiesOf(template, 'AWS::ElasticLoadBalancingV2::TargetGroup'), {
    Port: 3000,
    Protocol: 'TCP',
    TargetType: 'ip',
    HealthCheckProtocol: 'HTTP',
    HealthCheckPath: '/readyz',
    TargetGroupAttributes: [{ Key: 'deregistration_delay.timeout_seconds', Value: '60' }],
  })
})
