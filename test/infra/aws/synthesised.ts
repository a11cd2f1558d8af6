import { readFileSync } from 'node:fs'
import { App, Stack, Validations } from 'aws-cdk-lib'
import { Annotations, Match, Template } from 'aws-cdk-lib/assertions'
import { AwsSolutionsChecks } from 'cdk-nag'
import type { RightsizeProps } from '../../../infra/aws/props.ts'
import { Rightsize } from '../../../infra/aws/rightsize.ts'

// A deprecated name of the CDK throws instead of being reported.
process.env.JSII_DEPRECATED = 'fail'
// The CDK's check against the schemas of all resource types takes five seconds a stack: the test
// of the app has it on, once.
process.env.CDK_VALIDATION = 'false'

// The CDK makes other resources with its feature flags than without: these are deployed.
const cdkJson = new URL('../../../cdk.json', import.meta.url)
const { rightsize: _, ...featureFlags } = JSON.parse(readFileSync(cdkJson, 'utf8')).context

/** A synthesised stack that holds one `Rightsize`. */
export interface Synthesised {
  template: Template
  /** Messages of the CDK's own warnings. */
  warnings: unknown[]
}

interface Options {
  /** Whether cdk-nag checks the stack as well, which takes some seconds. */
  nag?: boolean
  /** What else the stack holds. */
  beside?: (stack: Stack) => void
}

/**
 * Synthesises without bundling the Lambda's code, which takes esbuild a second.
 * @param propsOf makes the props; what exists already can be imported into the stack it gets
 * @throws Error with every finding of cdk-nag that is not accepted
 */
export function synthesise(
  propsOf?: (stack: Stack) => RightsizeProps,
  { nag = false, beside }: Options = {},
): Synthesised {
  const app = new App({ context: { ...featureFlags, 'aws:cdk:bundling-stacks': [] } })
  if (nag) Validations.of(app).addPlugins(new AwsSolutionsChecks(app))
  const stack = new Stack(app, 'Rightsize')
  new Rightsize(stack, 'Images', propsOf?.(stack))
  beside?.(stack)
  const template = Template.fromStack(stack)
  const warnings = Annotations.fromStack(stack)
    .findWarning('*', Match.anyValue())
    .map(({ entry }) => entry.data)
  return { template, warnings }
}

/** The properties of the one resource of `type` whose logical id matches. */
export function propertiesOf(
  template: Template,
  type: string,
  logicalId = /(?:)/,
  // biome-ignore lint/suspicious/noExplicitAny: CloudFormation's properties have no types here
): any {
  const found = Object.entries(template.findResources(type)).filter(([id]) => logicalId.test(id))
  if (found.length !== 1) throw new Error(`${found.length} resources ${type} ${logicalId}`)
  return found[0]?.[1].Properties
}

/** A value with the intrinsic functions of CloudFormation as `<names>`, to compare it by eye. */
export function inWords(value: unknown): string {
  if (typeof value === 'string') return value
  if (Array.isArray(value)) return value.map(inWords).join(' ')
  const [name, argument] = Object.entries(value as object)[0] as [string, unknown]
  if (name === 'Fn::Join') return (argument as [string, unknown[]])[1].map(inWords).join('')
  if (name === 'Ref') return `<${withoutHash(argument as string)}>`
  if (name === 'Fn::GetAtt') {
    const [id, attribute] = argument as [string, string]
    return `<${withoutHash(id)}.${attribute}>`
  }
  return JSON.stringify(value)
}

/** What the policy of the role allows: `actions on resources`, one line a statement. */
export function allowedBy(template: Template, policy: RegExp): string[] {
  const { PolicyDocument } = propertiesOf(template, 'AWS::IAM::Policy', policy)
  return PolicyDocument.Statement.map(
    ({ Action, Resource, Effect }: { Action: unknown; Resource: unknown; Effect: string }) =>
      `${Effect} ${inWords(Action)} on ${inWords(Resource)}`,
  )
}

/** The environment of the service's container, by name. */
export function taskEnvironment(template: Template): Record<string, string> {
  const { ContainerDefinitions } = propertiesOf(template, 'AWS::ECS::TaskDefinition')
  const variables: { Name: string; Value: unknown }[] = ContainerDefinitions[0].Environment
  return Object.fromEntries(variables.map(({ Name, Value }) => [Name, inWords(Value)]))
}

function withoutHash(logicalId: string): string {
  return logicalId.replace(/[0-9A-F]{8}$/, '')
}
